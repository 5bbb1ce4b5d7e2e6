package io.walwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.DeadLetters;
import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.deadletter.StoredLetter;
import io.walwire.docs.TaskCacheExample.Countries;
import io.walwire.docs.TaskMailExample.WelcomeMails;
import io.walwire.docs.TaskParentExample.OrderTotals;
import io.walwire.docs.TaskSearchExample.Document;
import io.walwire.docs.TaskSearchExample.Product;
import io.walwire.docs.TaskSearchExample.ProductSearch;
import io.walwire.docs.TaskSearchExample.SearchIndex;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Changed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The pages of {@code docs/tasks} do what they say. */
class TasksTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private WalwireBuilder builder() {
        return Walwire.builder().url(database.url()).publication("events");
    }

    private WalwireBuilder durable() {
        return builder().slotName(database.unique("slot"));
    }

    @Test
    void cache_hasTheRowsThatWereThere_andFollows() throws Exception {
        database.sql(
                "CREATE TABLE country (code text PRIMARY KEY, name text NOT NULL)",
                "INSERT INTO country VALUES ('de', 'Germany'), ('fr', 'France')",
                "CREATE PUBLICATION events FOR TABLE country");
        Countries countries = new Countries();
        try (Walwire walwire =
                builder().set("walwire.backfill", "new").handler(countries).start()) {
            Eventually.until(LONG, countries::isComplete);
            assertThat(countries.get("de").name()).isEqualTo("Germany");

            database.sql("UPDATE country SET code = 'at', name = 'Austria' WHERE code = 'de'");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(countries.get("de")).isNull();
            assertThat(countries.get("at").name()).isEqualTo("Austria");

            database.terminateWalsenders();
            database.sql("DELETE FROM country WHERE code = 'fr'"); // maybe while no slot is there
            Eventually.until(
                    LONG, () -> countries.isComplete() && countries.get("fr") == null && countries.get("at") != null);

            database.sql("TRUNCATE country");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(countries.get("at")).isNull();
        }
    }

    /** The first attempt fails as if the mail server were away; an address that is none is kept, and the rest goes on. */
    @Test
    void mail_isRepeatedWithTheSameKey_orKept(@TempDir Path folder) throws Exception {
        database.sql(
                "CREATE TABLE users (id bigint PRIMARY KEY, email text)", "CREATE PUBLICATION events FOR TABLE users");
        List<String> sent = new CopyOnWriteArrayList<>();
        Set<String> tried = new HashSet<>();
        DeadLetters letters = DeadLetters.file(folder.resolve("unsent-mails.jsonl"));
        WelcomeMails mails = new WelcomeMails((key, address) -> {
            if (!address.contains("@")) {
                throw new IllegalArgumentException("no address");
            }
            if (tried.add(key)) {
                throw new IOException("the mail server is away");
            }
            sent.add(address);
        });
        try (Walwire walwire =
                durable().handler(mails, TaskMailExample.policy(letters)).start()) {
            database.sql("INSERT INTO users VALUES (1, 'nowhere'), (2, 'ada@example.org')");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(sent).containsExactly("ada@example.org");
        try (Stream<StoredLetter> kept = letters.list()) {
            assertThat(kept).hasSize(1);
        }
        try (Walwire walwire =
                durable().handler(mails, TaskMailExample.policy(letters)).start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(sent).hasSize(1);
    }

    @Test
    void searchIndex_mirrorsTheTable() throws Exception {
        database.sql(
                "CREATE TABLE product (id bigint PRIMARY KEY, name text, description text)",
                "ALTER TABLE product REPLICA IDENTITY FULL",
                "INSERT INTO product VALUES (1, 'tea', 'green'), (2, 'coffee', 'black')",
                "CREATE PUBLICATION events FOR TABLE product",
                Files.readString(Path.of("sql/backfill.sql")));
        Index index = new Index();
        try (Walwire walwire = durable()
                .set("walwire.backfill", "new")
                .handler("product-search", new ProductSearch(index))
                .start()) {
            index.complete.get(LONG.toSeconds(), TimeUnit.SECONDS);
            assertThat(index.names()).isEqualTo(Map.of(1L, "tea", 2L, "coffee"));

            database.sql(
                    "UPDATE product SET name = 'espresso' WHERE id = 2",
                    "UPDATE product SET id = 3 WHERE id = 1",
                    "INSERT INTO product VALUES (4, 'milk', 'white')",
                    "DELETE FROM product WHERE id = 4");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(index.names()).isEqualTo(Map.of(2L, "espresso", 3L, "tea"));
            assertThat(index.older).isZero();
        }
    }

    /** It counts writes that are older than what it has. */
    private static final class Index implements SearchIndex {
        final CompletableFuture<Void> complete = new CompletableFuture<>();
        private final Map<Long, Product> products = new ConcurrentHashMap<>();
        private final Map<Long, Long> versions = new ConcurrentHashMap<>();
        int older;

        @Override
        public void put(List<Document> documents) {
            for (Document document : documents) {
                note(document.product().id(), document.version());
                products.put(document.product().id(), document.product());
            }
        }

        @Override
        public void delete(long id, long version) {
            note(id, version);
            products.remove(id);
        }

        private void note(long id, long version) {
            Long before = versions.put(id, version);
            if (before != null && before > version) {
                older++;
            }
        }

        @Override
        public void clear() {
            products.clear();
        }

        @Override
        public void complete() {
            complete.complete(null);
        }

        @Override
        public void restart() {
            throw new AssertionError("There is no gap");
        }

        Map<Long, String> names() {
            Map<Long, String> names = new ConcurrentHashMap<>();
            products.forEach((id, product) -> names.put(id, product.name()));
            return names;
        }
    }

    @Test
    void page_getsTheCommentThatMovesAway() throws Exception {
        database.sql(
                "CREATE TABLE comment (id bigint PRIMARY KEY, post_id bigint, body text)",
                "ALTER TABLE comment REPLICA IDENTITY FULL",
                "INSERT INTO comment VALUES (1, 42, 'first'), (2, 7, 'elsewhere')",
                "CREATE PUBLICATION events FOR TABLE comment");
        Shown page = new Shown();
        CompletableFuture<Void> shown;
        try (Walwire walwire = builder().set("walwire.visible", "true").start()) {
            shown = CompletableFuture.runAsync(() -> page.follow(walwire));
            assertThat(page.shown.poll(180, TimeUnit.SECONDS)).containsExactly("first");

            database.sql("UPDATE comment SET body = 'x' WHERE id = 2", "UPDATE comment SET post_id = 7 WHERE id = 1");
            Changed moved = (Changed) Objects.requireNonNull(page.applied.poll(180, TimeUnit.SECONDS));
            assertThat(moved.isCertain()).isTrue();
            assertThat(moved.row().getLong("post_id")).isEqualTo(7);
            assertThat(moved.oldRow().getLong("post_id")).isEqualTo(42);
        }
        shown.get(180, TimeUnit.SECONDS); // the loop has ended with the instance
        assertThat(page.applied).isEmpty();
    }

    private final class Shown implements TaskParentExample.Page {
        final BlockingQueue<List<String>> shown = new LinkedBlockingQueue<>();
        final BlockingQueue<WatchEvent> applied = new LinkedBlockingQueue<>();

        void follow(Walwire walwire) {
            try {
                TaskParentExample.page(walwire, this);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public List<String> read(long post) throws Exception {
            List<String> bodies = new ArrayList<>();
            database.query("SELECT body FROM comment WHERE post_id = ?", post)
                    .forEach(row -> bodies.add(String.valueOf(row.get("body"))));
            return bodies;
        }

        @Override
        public void show(List<String> comments) {
            shown.add(comments);
        }

        @Override
        public void apply(WatchEvent event) {
            applied.add(event);
        }
    }

    @Test
    void totals_ofBothOrdersFollowALineThatMoves() throws Exception {
        database.sql(
                "CREATE TABLE order_line (id bigint PRIMARY KEY, order_id bigint)",
                "ALTER TABLE order_line REPLICA IDENTITY FULL",
                "CREATE PUBLICATION events FOR TABLE order_line");
        List<Long> recomputed = new CopyOnWriteArrayList<>();
        OrderTotals totals = new OrderTotals(new TaskParentExample.Totals() {
            @Override
            public void recompute(long order) {
                recomputed.add(order);
            }

            @Override
            public void recomputeAll() {
                recomputed.add(-1L);
            }
        });
        try (Walwire walwire = durable().handler(totals).start()) {
            database.sql("INSERT INTO order_line VALUES (1, 10), (2, 10), (3, 11)");
            database.sql("UPDATE order_line SET order_id = 12 WHERE id = 3");
            database.sql("TRUNCATE order_line");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(recomputed).containsExactly(10L, 11L, 12L, 11L, -1L);
    }

    /** What {@code docs/tasks/debezium.md} says of a slot that Debezium has created, and confirmed up to a position. */
    @Test
    void slotOfAnotherProgram_isTakenOverWhereThatHasConfirmed() throws Exception {
        String slot = database.unique("debezium");
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY)",
                "CREATE PUBLICATION dbz_publication FOR ALL TABLES",
                "SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')",
                "INSERT INTO item VALUES (1)",
                "SELECT pg_replication_slot_advance('" + slot + "', pg_current_wal_lsn())",
                "INSERT INTO item VALUES (2)");
        BlockingQueue<Integer> got = new LinkedBlockingQueue<>();
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("dbz_publication")
                .slotName(slot)
                .handler("items", on -> on.table("item")
                        .onInsert(event -> got.add(event.row().getInt("id"))))
                .start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(got).containsExactly(2);
    }
}
