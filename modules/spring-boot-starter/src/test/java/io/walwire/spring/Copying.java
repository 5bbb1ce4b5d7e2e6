package io.walwire.spring;

import io.walwire.JdbcCheckpoint;
import io.walwire.checkpoint.TransactionRunner;
import io.walwire.event.Kind;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

/** How an application writes: handlers that copy the rows of {@code item} into {@code copied}, in a checkpoint's transactions. */
enum Copying {
    JDBC_TEMPLATE(WithTemplate.class, "walwire.enabled=true"),
    SPRING_DATA_JDBC(WithRows.class, "spring.data.jdbc.repositories.enabled=true"),
    SPRING_DATA_JPA(WithEntities.class, "spring.data.jpa.repositories.enabled=true");

    private final Class<?> handler;
    private final String own;

    Copying(Class<?> handler, String own) {
        this.handler = handler;
        this.own = own;
    }

    /** No key but the row's own: one that is copied twice is there twice. */
    static void createTables(TestDatabase database) throws Exception {
        database.sql(
                Files.readString(Path.of("sql", "checkpoint.sql")),
                "CREATE TABLE item (id int PRIMARY KEY)",
                "CREATE TABLE copied (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item int)",
                "CREATE PUBLICATION events FOR TABLE item");
    }

    /** The application's keys, with a slot of a name. */
    List<String> keys(TestDatabase database, String slot) {
        String[] keys = {"walwire.publication=events", "walwire.subscriptions=item", "walwire.slot.name=" + slot, own};
        return this == SPRING_DATA_JPA ? Application.onJpa(database, keys) : Application.onDataSource(database, keys);
    }

    /** The beans of the application. */
    Class<?>[] sources() {
        return new Class<?>[] {Checkpoint.class, handler};
    }

    static class Checkpoint {
        @Bean
        JdbcCheckpoint checkpoint(TransactionRunner transactions) {
            return JdbcCheckpoint.of(transactions, "copy");
        }
    }

    record Item(int id) {}

    static class WithTemplate {
        private final JdbcTemplate jdbc;

        WithTemplate(JdbcTemplate jdbc) {
            this.jdbc = jdbc;
        }

        @OnChange(table = "item", kinds = Kind.INSERT)
        @Transactional
        public void copy(Item item) {
            jdbc.update("INSERT INTO copied (item) VALUES (?)", item.id());
        }
    }

    record WithRows(CopiedRows rows) {
        @OnChange(table = "item", kinds = Kind.INSERT)
        void copy(Item item) {
            rows.save(Copied.of(item.id()));
        }
    }

    record WithEntities(CopiedEntities entities) {
        @OnChange(table = "item", kinds = Kind.INSERT)
        void copy(Item item) {
            entities.save(new CopiedEntity(item.id()));
        }
    }
}
