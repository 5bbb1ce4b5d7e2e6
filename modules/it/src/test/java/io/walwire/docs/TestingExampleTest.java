package io.walwire.docs;

import static io.walwire.testkit.WalwireKit.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.event.Event;
import io.walwire.event.ReplicaIdentity;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Handlers;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import io.walwire.testkit.Committed;
import io.walwire.testkit.KitBackfill;
import io.walwire.testkit.WalwireExtension;
import io.walwire.testkit.WalwireKit;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The Java of {@code docs/testing.md}, which runs; {@link DocumentsTest} compares the regions with its code blocks. */
class TestingExampleTest {
    // tag::handler[]
    static final class WelcomeMails implements EventHandler {
        private final List<String> outbox; // stands for a mail server
        private final Set<Object> sent = new HashSet<>();

        WelcomeMails(List<String> outbox) {
            this.outbox = outbox;
        }

        @Override
        public void define(Handlers on) {
            on.table("users").onInsert(user -> {
                if (sent.add(user.id())) { // what comes again is not sent again
                    outbox.add("Welcome, " + user.row().getString("email"));
                }
            });
        }
    }
    // end::handler[]

    private final List<String> outbox = new ArrayList<>();
    private final WelcomeMails mails = new WelcomeMails(outbox);

    // tag::kit[]
    @Test
    void newUser_isWelcomed() {
        try (WalwireKit kit = WalwireKit.builder()
                .table(
                        "users",
                        t -> t.column("id", "int8").column("email", "text").primaryKey("id"))
                .handler(mails)
                .start()) {
            Committed signUp = kit.commit(tx -> tx.insert("users", row("id", 1, "email", "ann@example.org")));
            kit.awaitHandled();
            assertThat(outbox).containsExactly("Welcome, ann@example.org");
            assertThat(kit.isConfirmed(signUp)).isTrue();
        }
    }
    // end::kit[]

    private WalwireKit users() {
        return WalwireKit.builder()
                .table(
                        "users",
                        t -> t.column("id", "int8").column("email", "text").primaryKey("id"))
                .handler(mails)
                .configure(builder ->
                        builder.failurePolicy(FailurePolicy.retry(3, Duration.ofMillis(1), Duration.ofMillis(10))))
                .start();
    }

    // tag::faults[]
    @Test
    void userIsWelcomedOnce_whateverHappens() {
        try (WalwireKit kit = users()) { // as above, with three retries
            kit.failCalls(mails, 1, new IOException("the mail server is away")); // before the handler's code
            kit.failAfterCalls(mails, 1, new IOException("no answer")); // after it: the mail is out
            Committed ann = kit.commit(tx -> tx.insert("users", row("id", 1, "email", "ann@example.org")));
            kit.commit(tx -> tx.insert("users", row("id", 2, "email", "bob@example.org"))
                    .connectionLost() // breaks here, once
                    .insert("users", row("id", 3, "email", "eve@example.org")));
            kit.awaitHandled();
            kit.restartBefore(ann); // as after a crash before anything was confirmed: all of it comes again
            kit.awaitHandled();
            assertThat(kit.delivered("users")).hasSize(6);
            assertThat(outbox).hasSize(3);
        }
    }
    // end::faults[]

    // tag::changes[]
    @Test
    void oldValues_areThoseThatPostgresWouldSend() {
        try (WalwireKit kit = WalwireKit.builder()
                .table("billing.invoice", t -> t.column("id", "bigint")
                        .column("state", "invoice_state")
                        .column("total", "numeric(10,2)")
                        .primaryKey("id")
                        .replicaIdentity(ReplicaIdentity.FULL)) // as ALTER TABLE … REPLICA IDENTITY FULL
                .start()) {
            var open = row("id", 7, "state", "open", "total", "19.90");
            kit.commit(tx -> tx.update("billing.invoice", open, row("state", "paid")));
            kit.awaitHandled();
            kit.loseSlot(); // a gap event comes next
            kit.commit(tx -> tx.delete("billing.invoice", open).truncate("billing.invoice"));
            kit.awaitHandled();
            List<Event> events = kit.delivered();
            assertThat(events)
                    .extracting(e -> e.kind().jsonName())
                    .containsExactly("update", "gap", "delete", "truncate");
            assertThat(events.get(0).toJson()).contains("""
                    "changes":{"state":{"old_value":"open","new_value":"paid"}}""");
        }
    }
    // end::changes[]

    // tag::existing[]
    @Test
    void index_hasEveryProduct_whateverChangesMeanwhile() {
        Map<Long, String> index = new TreeMap<>();
        try (WalwireKit kit = WalwireKit.builder()
                .table(
                        "products",
                        t -> t.column("id", "int8").column("name", "text").primaryKey("id"))
                .handler(on -> on.table("products")
                        .onUpserts(events -> events.forEach(
                                e -> index.put(e.key().getLong("id"), e.row().getString("name"))))
                        .onDelete(e -> index.remove(e.key().getLong("id"))))
                .start()) {
            kit.existing("products", row("id", 1, "name", "tea"), row("id", 2, "name", "cup")); // one chunk
            kit.existing("products", row("id", 3, "name", "pot")); // another
            KitBackfill reading = kit.backfill("products"); // nothing is read yet
            reading.next(() -> kit.commit(tx -> tx.delete("products", row("id", 1)))); // while the first is read
            kit.commit(tx -> tx.update("products", row("id", 3, "name", "pot"), row("name", "can"))); // between two
            reading.rest();
            assertThat(index).hasToString("{2=cup, 3=can}");
        }
    }
    // end::existing[]

    // tag::watch[]
    @Test
    void page_hearsOfItsUser() throws InterruptedException {
        BlockingQueue<String> page = new LinkedBlockingQueue<>();
        try (WalwireKit kit = users()) {
            kit.walwire().watch("users").key(2L).subscribe(event -> page.add(event.toJson()));
            kit.commit(tx -> tx.insert("users", row("id", 1)).insert("users", row("id", 2)));
            assertThat(page.poll(30, TimeUnit.SECONDS)).contains("\"key\":{\"id\":2}");
        }
    }
    // end::watch[]

    @Nested
    class WithADatabase {
        // tag::extension[]
        @RegisterExtension
        final WalwireExtension walwire = WalwireExtension.builder()
                .schema("CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL)")
                .handler(mails)
                .build();

        @Test
        void newUser_isWelcomed() throws SQLException {
            walwire.execute("INSERT INTO users (email) VALUES (?)", "ann@example.org");
            walwire.awaitHandled(); // no sleep: everything committed by now has been handled
            assertThat(outbox).containsExactly("Welcome, ann@example.org");
        }

        @Test
        void userOfARolledBackTransaction_isNotWelcomed() throws SQLException {
            walwire.inTransaction(connection -> {
                connection.createStatement().execute("INSERT INTO users (email) VALUES ('eve@example.org')");
                connection.rollback();
            });
            walwire.restart();
            walwire.awaitHandled();
            assertThat(outbox).isEmpty();
        }
        // end::extension[]
    }

    @Test
    void recording_isReplayed(@TempDir Path folder) throws Exception {
        Path recording = folder.resolve("friday.walwire");
        try (TestDatabase database = TestDatabase.create(PostgresServer.shared())) {
            database.sql(
                    "CREATE TABLE users (id int PRIMARY KEY, email text)", "CREATE PUBLICATION events FOR ALL TABLES");
            try (Walwire walwire = Walwire.builder()
                    .url(database.url())
                    .publication("events")
                    .set("walwire.record", recording.toString())
                    .start()) {
                database.sql("INSERT INTO users VALUES (1, 'ann@example.org')");
                assertThat(walwire.awaitCurrent(Duration.ofSeconds(30))).isTrue();
            }
        }
        replay(recording);
        assertThat(outbox).hasSize(1);
    }

    private void replay(Path recording) {
        // tag::replay[]
        try (WalwireKit kit =
                WalwireKit.builder().replay(recording).handler(mails).start()) {
            kit.awaitHandled(); // everything that was recorded has been handled again
        }
        // end::replay[]
    }
}
