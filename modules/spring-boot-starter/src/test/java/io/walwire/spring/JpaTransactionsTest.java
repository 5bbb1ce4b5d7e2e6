package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.JdbcCheckpoint;
import io.walwire.Walwire;
import io.walwire.checkpoint.TransactionRunner;
import io.walwire.event.Kind;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.TestDatabase;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Id;
import jakarta.persistence.PersistenceContext;
import jakarta.persistence.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.annotation.Transactional;

/** A checkpoint in the transactions of a {@code JpaTransactionManager}. */
class JpaTransactionsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void prepare() throws Exception {
        database.sql(
                Files.readString(Path.of("sql", "checkpoint.sql")),
                "CREATE TABLE invoice (id int PRIMARY KEY, cents bigint CHECK (cents < 1000))",
                "CREATE TABLE total (id int PRIMARY KEY, cents bigint CHECK (cents < 100))",
                "INSERT INTO total VALUES (1, 0)",
                "CREATE PUBLICATION events FOR TABLE invoice");
    }

    private ConfigurableApplicationContext run(Class<?>... sources) {
        return Application.run(
                Application.onJpa(
                        database,
                        "walwire.publication=events",
                        "walwire.subscriptions=invoice",
                        "walwire.slot.name=" + database.unique("slot")),
                sources);
    }

    private long total() throws Exception {
        return database.queryLong("SELECT cents FROM total");
    }

    @Entity
    @Table(name = "total")
    static class Total {
        @Id
        private int id;

        private long cents;

        protected Total() {}

        long cents() {
            return cents;
        }

        void add(long more) {
            cents += more;
        }
    }

    record Invoice(int id, long cents) {}

    static class Totals {
        @PersistenceContext
        @SuppressWarnings("NullAway.Init") // Spring sets it
        private EntityManager entities;

        @Transactional
        public void add(long cents) {
            entities.find(Total.class, 1).add(cents);
        }
    }

    static class Checkpoint {
        @Bean
        JdbcCheckpoint checkpoint(TransactionRunner transactions) {
            return JdbcCheckpoint.of(transactions, "totals");
        }

        @Bean
        FailurePolicy policy() {
            return FailurePolicy.retry(2, Duration.ofMillis(5), Duration.ofMillis(20))
                    .thenSkip();
        }
    }

    static class Adding {
        private final Totals totals;
        private final AtomicInteger calls = new AtomicInteger();

        Adding(Totals totals) {
            this.totals = totals;
        }

        @OnChange(table = "invoice", kinds = Kind.INSERT)
        void onInvoice(Invoice invoice) {
            totals.add(invoice.cents());
            if (calls.incrementAndGet() == 1) {
                throw new IllegalStateException("the first attempt fails after its entity has changed");
            }
        }
    }

    /** What a failed attempt has changed of an entity is forgotten, and does not reach the database with the next one. */
    @Test
    void entities_commitWithThePosition_onceEach() throws Exception {
        try (ConfigurableApplicationContext context = run(Checkpoint.class, Totals.class, Adding.class)) {
            Walwire walwire = Application.walwire(context);
            database.sql("INSERT INTO invoice VALUES (1, 10), (2, 20)", "INSERT INTO invoice VALUES (3, 30)");
            Application.awaitCurrent(walwire);
            assertThat(walwire.status().retries()).isEqualTo(1);
            assertThat(database.queryString("SELECT done_to FROM walwire_checkpoint WHERE name = 'totals'"))
                    .isEqualTo(walwire.status().confirmed().toString());
        }
        assertThat(total()).isEqualTo(60);
    }

    /** Hibernate marks the transaction as rollback-only when a flush fails, and JPA has no way to take the mark back. */
    @Test
    void entityThatTheDatabaseRefuses_stopsUnconfirmed() throws Exception {
        try (ConfigurableApplicationContext context = run(Checkpoint.class, Totals.class, Adding.class)) {
            Walwire walwire = Application.walwire(context);
            database.sql("INSERT INTO invoice VALUES (1, 10)", "INSERT INTO invoice VALUES (2, 500), (3, 30)");
            assertThatThrownBy(() -> walwire.awaitTermination(Application.LONG))
                    .hasMessageContainingAll("The checkpoint \"totals\"", "rollback-only", "[CHECKPOINT]");
        }
        assertThat(total()).isEqualTo(10);
    }

    static class Throwing {
        private final AtomicInteger calls = new AtomicInteger();

        @OnChange(table = "invoice", kinds = Kind.INSERT)
        @Transactional
        public void onInvoice(Invoice invoice) {
            if (calls.incrementAndGet() == 1) {
                throw new IllegalStateException("the first attempt fails");
            }
        }
    }

    @Test
    void transactionalMethodThatThrows_stopsUnconfirmed() throws Exception {
        try (ConfigurableApplicationContext context = run(Checkpoint.class, Throwing.class)) {
            Walwire walwire = Application.walwire(context);
            database.sql("INSERT INTO invoice VALUES (1, 10)");
            assertThatThrownBy(() -> walwire.awaitTermination(Application.LONG))
                    .hasMessageContainingAll("The checkpoint \"totals\"", "rollback-only", "[CHECKPOINT]");
        }
    }

    static class OuterDecides {
        @Bean
        static BeanPostProcessor outerDecides() {
            return new BeanPostProcessor() {
                @Override
                public Object postProcessAfterInitialization(Object bean, String beanName) {
                    if (bean instanceof JpaTransactionManager manager) {
                        manager.setGlobalRollbackOnParticipationFailure(false);
                    }
                    return bean;
                }
            };
        }
    }

    @Test
    void transactionalMethodThatThrows_isRetried_whereTheOuterTransactionDecides() throws Exception {
        try (ConfigurableApplicationContext context = run(Checkpoint.class, Throwing.class, OuterDecides.class)) {
            Walwire walwire = Application.walwire(context);
            database.sql("INSERT INTO invoice VALUES (1, 10)");
            Application.awaitCurrent(walwire);
            assertThat(walwire.status().retries()).isEqualTo(1);
        }
    }
}
