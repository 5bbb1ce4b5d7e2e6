package io.walwire.spring;

import io.walwire.JdbcCheckpoint;
import io.walwire.checkpoint.TransactionRunner;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Handlers;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

/** An application that fills a copy with existing rows, in the transactions of its checkpoint. */
final class BackfilledApplication {
    private BackfilledApplication() {}

    public static void main(String[] keys) throws InterruptedException {
        Application.walwire(run(Arrays.asList(keys))).awaitTermination();
    }

    static ConfigurableApplicationContext run(List<String> keys) {
        return Application.run(keys, Beans.class, Copies.class, Mirror.class);
    }

    /** No key in the copies: what takes effect twice is there twice. */
    static void createTables(TestDatabase database, int rows) throws Exception {
        database.sql(
                Files.readString(Path.of("sql", "checkpoint.sql")),
                Files.readString(Path.of("sql", "backfill.sql")),
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "INSERT INTO item SELECT i, repeat('n', 100) FROM generate_series(1, " + rows + ") i",
                "CREATE TABLE copied (item int)",
                "CREATE TABLE inserted (item int)",
                "CREATE TABLE ended (at timestamptz)",
                "CREATE PUBLICATION events FOR TABLE item");
    }

    static List<String> keys(TestDatabase database, String... more) {
        List<String> keys = List.of(
                "walwire.publication=events",
                "walwire.subscriptions=item",
                "walwire.slot.name=" + database.unique("slot"),
                "walwire.backfill=new",
                "walwire.backfill.chunk=8KiB");
        return Application.onDataSource(
                database, Stream.concat(keys.stream(), Arrays.stream(more)).toArray(String[]::new));
    }

    record Item(int id) {}

    static class Beans {
        @Bean
        JdbcCheckpoint checkpoint(TransactionRunner transactions) {
            return JdbcCheckpoint.of(transactions, "copy");
        }

        @Bean
        FailurePolicy policy() {
            return FailurePolicy.retry(2, Duration.ofMillis(5), Duration.ofMillis(20));
        }
    }

    /** The first call of each instance fails when it has written all of its rows. */
    static class Copies {
        private final JdbcTemplate jdbc;
        private final AtomicInteger calls = new AtomicInteger();

        Copies(JdbcTemplate jdbc) {
            this.jdbc = jdbc;
        }

        @Transactional
        public void copy(List<? extends RowEvent<Item>> events) {
            jdbc.batchUpdate(
                    "INSERT INTO copied VALUES (?)",
                    events.stream()
                            .map(event -> new Object[] {event.row().id()})
                            .toList());
            if (calls.incrementAndGet() == 1) {
                throw new IllegalStateException("the first attempt fails");
            }
        }

        @Transactional
        public void insert(Item item) {
            jdbc.update("INSERT INTO inserted VALUES (?)", item.id());
        }

        @Transactional
        public void end() {
            jdbc.update("INSERT INTO ended VALUES (now())");
        }
    }

    record Mirror(Copies copies) implements EventHandler {
        @Override
        public void define(Handlers on) {
            on.table("item", Item.class)
                    .onReads(copies::copy)
                    .onInsert(event -> copies.insert(event.row()))
                    .onBackfilled(event -> copies.end());
        }
    }
}
