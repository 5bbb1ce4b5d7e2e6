package io.walwire.spring;

import io.walwire.JdbcCheckpoint;
import io.walwire.Walwire;
import io.walwire.checkpoint.TransactionRunner;
import io.walwire.event.Kind;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Handlers;
import io.walwire.watch.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** The Java of {@code docs/spring.md}, compiled; {@code DocumentsTest} compares the regions with its code blocks. */
@NullUnmarked
final class SpringExample {
    private SpringExample() {}

    // tag::first[]
    record User(long id, String email) {} // components match columns in snake_case

    @Component
    record Mails(Mailer mailer) {
        @OnChange(table = "users", kinds = Kind.INSERT)
        void welcome(User user) {
            mailer.welcome(user.email());
        }
    }
    // end::first[]

    // tag::methods[]
    @Component
    static class SearchIndex {
        private final Index index;

        SearchIndex(Index index) {
            this.index = index;
        }

        @OnChange(
                table = "users",
                kinds = {Kind.INSERT, Kind.UPDATE})
        void put(RowEvent<User> event) {
            index.put(event.row());
        }

        @OnChange(table = "users", kinds = Kind.DELETE)
        void remove(List<RowEvent<User>> events) {
            events.forEach(event -> index.remove(event.key().getLong("id")));
        }
    }
    // end::methods[]

    // tag::stages[]
    @Component
    record Notices(AsyncMailer mailer) {
        @OnChange(table = "users", kinds = Kind.INSERT)
        CompletionStage<Void> send(User user) {
            return mailer.send(user.email()).orTimeout(30, TimeUnit.SECONDS);
        }
    }
    // end::stages[]

    // tag::handler[]
    @Component
    record UserEvents(Mailer mailer) implements EventHandler {
        @Override
        public void define(Handlers on) {
            on.table("users", User.class)
                    .onUpdate(event -> mailer.confirm(event.row().email()));
            on.onGap(gap -> mailer.alert("changes may have been missed"));
        }
    }
    // end::handler[]

    static class Configuration {
        // tag::policy[]
        @Bean
        FailurePolicy failurePolicy() {
            return FailurePolicy.retry(10, Duration.ofMillis(100), Duration.ofMinutes(1))
                    .thenStop();
        }
        // end::policy[]

        // tag::checkpoint[]
        @Bean
        JdbcCheckpoint checkpoint(TransactionRunner transactions) {
            return JdbcCheckpoint.of(transactions, "totals"); // sql/checkpoint.sql makes its table
        }
        // end::checkpoint[]
    }

    record Invoice(int id, long cents) {}

    // tag::totals[]
    @Component
    static class Totals {
        private final JdbcTemplate jdbc;

        Totals(JdbcTemplate jdbc) {
            this.jdbc = jdbc;
        }

        @OnChange(table = "invoice", kinds = Kind.INSERT)
        @Transactional // or without: the checkpoint's transaction is there already
        public void add(Invoice invoice) {
            jdbc.update("UPDATE total SET cents = cents + ?", invoice.cents());
        }
    }
    // end::totals[]

    // tag::watch[]
    @Component
    record Pages(ObjectProvider<Walwire> walwire) {
        Subscription follow(long user, Executor executor, Runnable refresh) {
            return walwire.getObject().watch("users").key(user).subscribe(executor, event -> refresh.run());
        }
    }
    // end::watch[]

    // tag::instance[]
    @Component
    @WalwireInstance("search")
    static class Search {
        @OnChange("users")
        void index(User user) {}
    }
    // end::instance[]

    interface Index {
        void put(User user);

        void remove(Long id);
    }

    interface AsyncMailer {
        CompletableFuture<Void> send(String email);
    }

    interface Mailer {
        void welcome(String email);

        void confirm(String email);

        void alert(String text);
    }
}
