package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.JdbcCheckpoint;
import io.walwire.Walwire;
import io.walwire.checkpoint.TransactionRunner;
import io.walwire.event.Kind;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** {@code @Transactional} handlers, and a checkpoint in the application's own transactions. */
class TransactionsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void prepare() throws Exception {
        database.sql(
                Files.readString(Path.of("sql", "checkpoint.sql")),
                "CREATE TABLE invoice (id int PRIMARY KEY, cents bigint)",
                "CREATE TABLE total (cents bigint)",
                "INSERT INTO total VALUES (0)",
                "CREATE PUBLICATION events FOR TABLE invoice");
    }

    private ConfigurableApplicationContext run(Class<?>... sources) {
        return Application.run(
                Application.onDataSource(
                        database,
                        "walwire.publication=events",
                        "walwire.subscriptions=invoice",
                        "walwire.slot.name=" + database.unique("slot")),
                sources);
    }

    private long total() throws Exception {
        return database.queryLong("SELECT cents FROM total");
    }

    record Invoice(int id, long cents) {}

    static class Totals {
        private final JdbcTemplate jdbc;
        private final AtomicInteger calls = new AtomicInteger();

        Totals(JdbcTemplate jdbc) {
            this.jdbc = jdbc;
        }

        /** Of the bean behind the proxy. */
        AtomicInteger calls() {
            return calls;
        }

        @Transactional
        void add(Invoice invoice) {
            jdbc.update("UPDATE total SET cents = cents + ?", invoice.cents());
            if (calls.incrementAndGet() == 1) {
                throw new IllegalStateException("the first attempt fails");
            }
        }
    }

    static class TransactionalHandler extends Totals {
        TransactionalHandler(JdbcTemplate jdbc) {
            super(jdbc);
        }

        @OnChange(table = "invoice", kinds = Kind.INSERT)
        @Transactional
        public void onInvoice(Invoice invoice) {
            assertThat(TransactionSynchronizationManager.isActualTransactionActive())
                    .isTrue();
            add(invoice);
        }
    }

    record CallingHandler(Totals totals) {
        @OnChange(table = "invoice", kinds = Kind.INSERT)
        void onInvoice(Invoice invoice) {
            totals.add(invoice);
        }
    }

    static class Retries {
        @Bean
        FailurePolicy policy() {
            return FailurePolicy.retry(2, Duration.ofMillis(5), Duration.ofMillis(20));
        }
    }

    static class Checkpoint {
        @Bean
        JdbcCheckpoint checkpoint(TransactionRunner transactions) {
            return JdbcCheckpoint.of(transactions, "totals");
        }
    }

    @Test
    void transactionalMethod_isCalledThroughItsProxy() throws Exception {
        try (ConfigurableApplicationContext context = run(Retries.class, TransactionalHandler.class)) {
            database.sql("INSERT INTO invoice VALUES (1, 10), (2, 20)");
            Walwire walwire = Application.walwire(context);
            Application.awaitCurrent(walwire);
            assertThat(walwire.status().retries()).isEqualTo(1);
        }
        assertThat(total()).isEqualTo(30);
    }

    @Test
    void checkpoint_commitsWithWhatTransactionalMethodsWrite() throws Exception {
        try (ConfigurableApplicationContext context =
                run(Retries.class, Checkpoint.class, Totals.class, CallingHandler.class)) {
            database.sql("INSERT INTO invoice VALUES (1, 10), (2, 20)", "INSERT INTO invoice VALUES (3, 30)");
            Walwire walwire = Application.walwire(context);
            Application.awaitCurrent(walwire);
            assertThat(walwire.status().retries()).isEqualTo(1);
            assertThat(database.queryString("SELECT done_to FROM walwire_checkpoint WHERE name = 'totals'"))
                    .isEqualTo(walwire.status().confirmed().toString());
        }
        assertThat(total()).isEqualTo(60);
        assertThat(database.queryLong("SELECT count(DISTINCT xmin::text) FROM (SELECT xmin FROM total UNION ALL"
                        + " SELECT xmin FROM walwire_checkpoint) both_tables"))
                .as("transactions that wrote last")
                .isBetween(1L, 2L);
    }

    /** What the first attempt wrote, and what a crash left behind, is neither lost nor there twice. */
    @Test
    void connectionThatIsLost_isReplaced_andNothingIsThereTwice() throws Exception {
        try (ConfigurableApplicationContext context =
                run(Retries.class, Checkpoint.class, Totals.class, LosingHandler.class)) {
            context.getBean(Totals.class).calls().set(1);
            database.sql("INSERT INTO invoice VALUES (1, 10)");
            Application.awaitCurrent(Application.walwire(context));
            assertThat(context.getBean(Totals.class).calls().get()).isEqualTo(3);
        }
        assertThat(total()).isEqualTo(10);
    }

    static class LosingHandler {
        private final Totals totals;
        private final JdbcTemplate jdbc;
        private boolean lost;

        LosingHandler(Totals totals, JdbcTemplate jdbc) {
            this.totals = totals;
            this.jdbc = jdbc;
        }

        @OnChange(table = "invoice", kinds = Kind.INSERT)
        void onInvoice(Invoice invoice) {
            totals.add(invoice);
            if (!lost) {
                lost = true;
                jdbc.queryForList("SELECT pg_terminate_backend(pg_backend_pid())");
            }
        }
    }

    static class Independent {
        private final JdbcTemplate jdbc;

        Independent(JdbcTemplate jdbc) {
            this.jdbc = jdbc;
        }

        @Order(1)
        @OnChange(table = "invoice", kinds = Kind.INSERT)
        @Transactional(propagation = Propagation.REQUIRES_NEW)
        public void onInvoice(List<Invoice> invoices) {
            jdbc.update("UPDATE total SET cents = cents + 1");
        }

        @Order(2)
        @OnChange(table = "invoice", kinds = Kind.INSERT)
        public void fails(List<Invoice> invoices) {
            throw new IllegalStateException("the second handler fails");
        }
    }

    /** A transaction of its own is committed, whatever becomes of the checkpoint's. */
    @Test
    void requiresNew_isNotInTheCheckpointsTransaction() throws Exception {
        try (ConfigurableApplicationContext context = run(Checkpoint.class, Stops.class, Independent.class)) {
            Walwire walwire = Application.walwire(context);
            database.sql("INSERT INTO invoice VALUES (1, 10)");
            assertThatThrownBy(() -> walwire.awaitTermination(Application.LONG)).hasMessageContaining(".fails");
        }
        assertThat(total()).isEqualTo(1);
    }

    @EnableAsync
    static class Elsewhere {
        private final JdbcTemplate jdbc;

        Elsewhere(JdbcTemplate jdbc) {
            this.jdbc = jdbc;
        }

        @Async
        public CompletableFuture<Void> write() {
            jdbc.update("UPDATE total SET cents = cents + 1");
            return CompletableFuture.completedFuture(null);
        }
    }

    record CallsElsewhere(Elsewhere elsewhere) {
        @OnChange(table = "invoice", kinds = Kind.INSERT)
        void onInvoice(Invoice invoice) {
            elsewhere.write().join();
            throw new IllegalStateException("the handler fails");
        }
    }

    @Test
    void asyncMethod_isNotInTheCheckpointsTransaction() throws Exception {
        try (ConfigurableApplicationContext context =
                run(Checkpoint.class, Stops.class, Elsewhere.class, CallsElsewhere.class)) {
            Walwire walwire = Application.walwire(context);
            database.sql("INSERT INTO invoice VALUES (1, 10)");
            assertThatThrownBy(() -> walwire.awaitTermination(Application.LONG)).hasMessageContaining(".onInvoice");
        }
        assertThat(total()).isEqualTo(1);
    }

    static class Stops {
        @Bean
        FailurePolicy policy() {
            return FailurePolicy.stop();
        }
    }

    static class TwoDatabases {
        @Bean
        DataSource first() {
            return new PGSimpleDataSource();
        }

        @Bean
        DataSource second() {
            return new PGSimpleDataSource();
        }

        @Bean
        PlatformTransactionManager manager(@Qualifier("first") DataSource first) {
            return new DataSourceTransactionManager(first);
        }
    }

    @Test
    void twoDatabases_haveNoTransactionRunner_andTheApplicationStarts() {
        try (ConfigurableApplicationContext context = Application.run(
                List.of(
                        Application.NO_JPA,
                        "walwire.url=" + database.url(),
                        "walwire.publication=events",
                        "walwire.subscriptions=invoice"),
                TwoDatabases.class)) {
            assertThat(context.getBeanNamesForType(TransactionRunner.class)).isEmpty();
        }
    }
}
