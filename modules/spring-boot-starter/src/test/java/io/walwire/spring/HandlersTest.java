package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.event.ChangeEvent;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.event.TruncateEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.core.annotation.Order;

/** Handlers that are beans, and methods of beans. */
class HandlersTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final List<String> keys = List.of("walwire.publication=events");

    @BeforeEach
    void prepare() throws Exception {
        database.sql(
                "CREATE TABLE users (id bigint PRIMARY KEY, email text)", "CREATE PUBLICATION events FOR ALL TABLES");
    }

    private ConfigurableApplicationContext run(Class<?>... sources) {
        return Application.run(Application.onUrl(database, keys.toArray(String[]::new)), sources);
    }

    record User(long id, String email) {}

    record Seen(Recorder<String> all) {}

    static class Shared {
        @Bean
        Seen seen() {
            return new Seen(new Recorder<>());
        }
    }

    static class UserEvents implements EventHandler {
        private final Seen seen;

        UserEvents(Seen seen) {
            this.seen = seen;
        }

        @Override
        public void define(Handlers on) {
            on.table("users", User.class)
                    .onInsert(event -> seen.all().add("bean " + event.row().email()));
        }
    }

    static class LambdaHandlers {
        @Bean
        @Order(2)
        EventHandler second(Seen seen) {
            return on -> on.table("users").onInsert(event -> seen.all().add("second"));
        }

        @Bean
        @Order(1)
        EventHandler first(Seen seen) {
            return on -> on.table("users").onInsert(event -> seen.all().add("first"));
        }
    }

    static class ScopedHandler {
        @Bean
        @Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.INTERFACES)
        EventHandler scoped(Seen seen) {
            return on -> on.table("users").onInsert(event -> seen.all().add("scoped"));
        }
    }

    @Test
    void handlerOfAScope_isCalledOnce() throws Exception {
        try (ConfigurableApplicationContext context = run(Shared.class, ScopedHandler.class)) {
            database.sql("INSERT INTO users VALUES (1, 'ada')");
            Application.awaitCurrent(Application.walwire(context));
            assertThat(context.getBean(Seen.class).all().all()).containsExactly("scoped");
        }
    }

    static class Methods {
        private final Seen seen;

        Methods(Seen seen) {
            this.seen = seen;
        }

        @OnChange(table = "users", kinds = Kind.INSERT)
        void typedEvent(RowEvent<User> event) {
            seen.all().add("typed " + event.row().email());
        }

        @OnChange("${users.table:users}")
        void anyEvent(Event event) {
            seen.all().add("event " + event.kind());
        }

        @OnChange(
                table = "users",
                kinds = {Kind.DELETE, Kind.TRUNCATE})
        void rare(ChangeEvent<Row> event) {
            seen.all().add("rare " + event.kind());
        }

        @OnChange("users")
        void truncate(TruncateEvent<Row> event) {
            seen.all().add("truncate");
        }

        @OnChange(table = "users", kinds = Kind.UPDATE)
        void record(User user) {
            seen.all().add("record " + user.email());
        }

        @OnChange(table = "users", kinds = Kind.INSERT)
        void records(List<User> users) {
            seen.all().add("records " + users.size());
        }

        @OnChange("users")
        void events(List<RowEvent<Row>> events) {
            seen.all().add("events " + events.stream().map(Event::kind).toList());
        }
    }

    @Test
    void beans_areHandlers_inTheirOrder_asSoonAsTheApplicationHasStarted() throws Exception {
        try (ConfigurableApplicationContext context = run(Shared.class, UserEvents.class, LambdaHandlers.class)) {
            database.sql("INSERT INTO users VALUES (1, 'ada@example.org')");
            Application.awaitCurrent(Application.walwire(context));
            assertThat(context.getBean(Seen.class).all().all())
                    .containsExactly("first", "second", "bean ada@example.org");
        }
    }

    @Test
    void methods_getWhatTheirParameterSays() throws Exception {
        try (ConfigurableApplicationContext context = run(Shared.class, Methods.class)) {
            Recorder<String> seen = context.getBean(Seen.class).all();
            database.inTransaction(
                    "INSERT INTO users VALUES (1, 'ada@example.org'), (2, 'bob@example.org')",
                    "UPDATE users SET email = 'eve@example.org' WHERE id = 1");
            database.sql("DELETE FROM users WHERE id = 2", "TRUNCATE users");
            Application.awaitCurrent(Application.walwire(context));
            assertThat(seen.all())
                    .containsExactlyInAnyOrder(
                            "typed ada@example.org",
                            "typed bob@example.org",
                            "event INSERT",
                            "event INSERT",
                            "records 2",
                            "events [INSERT, INSERT, UPDATE]",
                            "event UPDATE",
                            "record eve@example.org",
                            "event DELETE",
                            "events [DELETE]",
                            "rare DELETE",
                            "rare TRUNCATE",
                            "truncate");
        }
    }

    @Test
    void lazyBeans_areHandlers() throws Exception {
        List<String> lazy =
                Application.onUrl(database, "walwire.publication=events", "spring.main.lazy-initialization=true");
        try (ConfigurableApplicationContext context = Application.run(lazy, Shared.class, Methods.class)) {
            database.sql("TRUNCATE users");
            assertThat(context.getBean(Seen.class).all().await(2))
                    .containsExactlyInAnyOrder("rare TRUNCATE", "truncate");
        }
    }

    /** Everything else runs when the first handler is called, and still does when the last has returned. */
    static class Server implements SmartLifecycle {
        private final Seen seen;
        private volatile boolean running;

        Server(Seen seen) {
            this.seen = seen;
        }

        @OnChange("users")
        void serve(Row row) {
            seen.all().add(running ? "served" : "refused");
        }

        @Override
        public void start() {
            running = true;
        }

        @Override
        public void stop() {
            seen.all().add("stopped");
            running = false;
        }

        @Override
        public boolean isRunning() {
            return running;
        }

        @Override
        public int getPhase() {
            return DEFAULT_PHASE - 1024;
        }
    }

    @Test
    void instance_startsLast_andStopsFirst() throws Exception {
        Recorder<String> seen;
        try (ConfigurableApplicationContext context = run(Shared.class, Server.class)) {
            seen = context.getBean(Seen.class).all();
            database.sql("INSERT INTO users VALUES (1, 'ada@example.org')");
            seen.await(1);
        }
        assertThat(seen.all()).containsExactly("served", "stopped");
        // the server drops a temporary slot when it sees that the connection has ended
        Eventually.until(
                Application.LONG,
                () -> database.queryLong(
                                "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()")
                        == 0);
    }

    @Test
    void context_thatIsStoppedAndStarted_readsOn() throws Exception {
        List<String> durable = Application.onUrl(
                database, "walwire.publication=events", "walwire.slot.name=" + database.unique("slot"));
        try (ConfigurableApplicationContext context = Application.run(durable, Shared.class, UserEvents.class)) {
            ObjectProvider<Walwire> walwire = context.getBeanProvider(Walwire.class);
            Walwire before = walwire.getObject();
            context.stop();
            database.sql("INSERT INTO users VALUES (1, 'ada@example.org')");
            context.start();
            context.getBean(Seen.class).all().await(1);
            assertThat(walwire.getObject()).isNotSameAs(before);
        }
    }
}
