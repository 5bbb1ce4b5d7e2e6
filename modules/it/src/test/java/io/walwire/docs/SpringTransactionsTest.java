package io.walwire.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.Walwire;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The runner that {@code docs/guarantees.md} shows for Spring, with Spring's own manager and templates. */
class SpringTransactionsTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @RegisterExtension
    final TestDatabase warehouse = TestDatabase.onSharedServer();

    private final PGSimpleDataSource source = new PGSimpleDataSource();
    private DataSourceTransactionManager manager;
    private JdbcTemplate jdbc;

    @BeforeEach
    void prepare() throws Exception {
        database.sql(
                "CREATE TABLE invoice (id int PRIMARY KEY, cents bigint)", "CREATE PUBLICATION events FOR ALL TABLES");
        warehouse.sql(
                Files.readString(Path.of("sql", "checkpoint.sql")),
                "CREATE TABLE total (cents bigint)",
                "INSERT INTO total VALUES (0)");
        source.setUrl("jdbc:postgresql://" + warehouse.server().host() + ":"
                + warehouse.server().port() + "/" + warehouse.name());
        source.setUser(warehouse.user());
        source.setPassword(warehouse.password());
        manager = new DataSourceTransactionManager(source);
        jdbc = new JdbcTemplate(source);
    }

    private Walwire start(EventHandler handler, FailurePolicy policy) {
        return Walwire.builder()
                .url(database.url())
                .publication("events")
                .slotName(database.unique("slot"))
                .checkpoint(GuaranteesExample.managed(manager, source))
                .handler(handler, policy)
                .start();
    }

    private long total() throws SQLException {
        return warehouse.queryLong("SELECT cents FROM total");
    }

    @Test
    void jdbcTemplate_commitsWithThePosition() throws Exception {
        try (Walwire walwire = start(new GuaranteesExample.Revenue(jdbc), FailurePolicy.stop())) {
            database.sql("INSERT INTO invoice VALUES (1, 10), (2, 20)", "INSERT INTO invoice VALUES (3, 30)");
            walwire.awaitCurrent(LONG);
            assertThat(total()).isEqualTo(60);
            assertThat(warehouse.queryString("SELECT done_to FROM walwire_checkpoint WHERE name = 'revenue'"))
                    .isEqualTo(walwire.status().confirmed().toString());
        }
    }

    /** As a {@code @Transactional} method of a service does. */
    @Test
    void transactionalMethodThatFails_isRetried_inTheSameTransaction() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        TransactionTemplate service = new TransactionTemplate(manager);
        EventHandler handler = on -> on.table("invoice")
                .onInsert(e -> service.executeWithoutResult(status -> {
                    jdbc.update("UPDATE total SET cents = cents + ?", e.row().getLong("cents"));
                    if (calls.incrementAndGet() == 1) {
                        throw new IllegalStateException("the first attempt fails");
                    }
                }));
        try (Walwire walwire = start(handler, FailurePolicy.retry(2, Duration.ofMillis(5), Duration.ofMillis(20)))) {
            database.sql("INSERT INTO invoice VALUES (1, 10), (2, 20)");
            walwire.awaitCurrent(LONG);
            assertThat(walwire.status().retries()).isEqualTo(1);
        }
        assertThat(calls.get()).isEqualTo(3);
        assertThat(total()).isEqualTo(30);
    }

    @Test
    void transactionMarkedAsRollbackOnly_stopsUnconfirmed() throws Exception {
        TransactionTemplate service = new TransactionTemplate(manager);
        EventHandler handler = on -> on.table("invoice").onInsert(e -> {
            jdbc.update("UPDATE total SET cents = 17");
            service.executeWithoutResult(status -> status.setRollbackOnly());
        });
        try (Walwire walwire = start(handler, FailurePolicy.skip())) {
            database.sql("INSERT INTO invoice VALUES (1, 10)");
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .hasMessageContainingAll("The checkpoint \"revenue\"", "rollback-only", "[CHECKPOINT]");
        }
        assertThat(total()).isZero();
    }

    @Test
    void connectionThatIsLost_isReplaced_andNothingIsThereTwice() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        EventHandler handler = on -> on.table("invoice").onInsert(e -> {
            jdbc.update("UPDATE total SET cents = cents + ?", e.row().getLong("cents"));
            if (calls.incrementAndGet() == 1) {
                warehouse.query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                        + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
            }
            jdbc.update("UPDATE total SET cents = cents + 1");
        });
        try (Walwire walwire = start(handler, FailurePolicy.skip())) {
            database.sql("INSERT INTO invoice VALUES (1, 10)");
            walwire.awaitCurrent(LONG);
            assertThat(walwire.status().setAside()).isZero();
        }
        assertThat(calls.get()).isEqualTo(2);
        assertThat(total()).isEqualTo(11);
    }

    @Test
    void process_withinATransactionOfTheCaller_commitsOnItsOwn() throws Exception {
        Recorder<byte[]> stored = new Recorder<>();
        TransactionTemplate caller = new TransactionTemplate(manager);
        EventHandler handler = on -> {
            on.table("invoice")
                    .onInsert(e -> jdbc.update(
                            "UPDATE total SET cents = cents + ?", e.row().getLong("cents")));
            on.onTransaction(tx -> stored.add(tx.toBytes()));
        };
        try (Walwire walwire = start(handler, FailurePolicy.stop())) {
            database.sql("INSERT INTO invoice VALUES (1, 10)");
            byte[] first = stored.await(1).get(0);
            Eventually.until(LONG, () -> total() == 10);
            assertThatThrownBy(() -> caller.executeWithoutResult(status -> {
                        processUnchecked(walwire, first);
                        throw new IllegalStateException("the caller fails");
                    }))
                    .hasMessage("the caller fails");
        }
        assertThat(total()).isEqualTo(20);
    }

    private static void processUnchecked(Walwire walwire, byte[] transaction) {
        try {
            walwire.process(Walwire.restore(transaction));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
