package io.walwire.spring;

import io.walwire.JdbcCheckpoint;
import io.walwire.checkpoint.TransactionRunner;
import io.walwire.event.Kind;
import java.util.List;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

/** An application that copies a table, to be killed. Its arguments are keys. */
final class KilledApplication {
    private KilledApplication() {}

    public static void main(String[] keys) throws InterruptedException {
        Application.walwire(run(List.of(keys))).awaitTermination();
    }

    static ConfigurableApplicationContext run(List<String> keys) {
        return Application.run(keys, Checkpoint.class, Copy.class);
    }

    static class Checkpoint {
        @Bean
        JdbcCheckpoint checkpoint(TransactionRunner transactions) {
            return JdbcCheckpoint.of(transactions, "copy");
        }
    }

    record Item(int id) {}

    static class Copy {
        private final JdbcTemplate jdbc;

        Copy(JdbcTemplate jdbc) {
            this.jdbc = jdbc;
        }

        @OnChange(table = "item", kinds = Kind.INSERT)
        @Transactional
        public void copy(Item item) {
            jdbc.update("INSERT INTO copied VALUES (?)", item.id());
        }
    }
}
