package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Transaction;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Transactions in progress that do not fit in memory: in files without a name, which end with them. */
class SpilledTransactionsTest {
    private static final Path OPEN_FILES = Path.of("/proc/self/fd");
    private static final int ROWS = 3_000;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Recorder<Transaction> parts = new Recorder<>();

    @BeforeEach
    void prepare() throws SQLException {
        Assumptions.assumeTrue(Files.isDirectory(OPEN_FILES), "shows which files this process has open");
        BothWays.prepare(database);
    }

    private Walwire start(String... settings) {
        WalwireBuilder builder = Instances.durable(database)
                .set("walwire.buffer", "64KiB")
                .set("walwire.streaming", "on")
                .handler(on -> on.onTransaction(parts::add));
        for (String setting : settings) {
            builder.set(setting, "true");
        }
        return builder.start();
    }

    /** What this process has open of Walwire's files, as the system shows it. */
    private static List<String> spilled() {
        List<String> names = new ArrayList<>();
        try (Stream<Path> open = Files.list(OPEN_FILES)) {
            for (Path each : open.toList()) {
                try {
                    String name = Files.readSymbolicLink(each).toString();
                    if (name.contains(".spill")) {
                        names.add(name);
                    }
                } catch (NoSuchFileException e) {
                    assertThat(each).as("closed meanwhile").doesNotExist();
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return names;
    }

    private static void awaitSpilled(int files) {
        Eventually.satisfied(
                Items.LONG, () -> assertThat(spilled()).hasSize(files).allSatisfy(name -> assertThat(name)
                        .endsWith(" (deleted)")));
    }

    private static void insert(Connection connection) throws SQLException {
        BothWays.execute(
                connection, "INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, " + ROWS + ") g");
    }

    @Test
    void transaction_committed_comesInParts_andItsFileIsGone() throws Exception {
        try (Walwire walwire = start();
                Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            insert(connection);
            awaitSpilled(1);
            assertThat(parts.all()).isEmpty();
            connection.commit();
            Eventually.until(Items.LONG, () -> parts.all().stream().anyMatch(Transaction::isLast));
            assertThat(parts.all()).hasSizeGreaterThan(10);
            assertThat(parts.all().stream()
                            .flatMap(part -> part.events().stream())
                            .map(event -> event.id().index()))
                    .containsExactlyElementsOf(LongStream.range(0, ROWS).boxed().toList());
            awaitSpilled(0);
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void transaction_rolledBack_itsFileIsGone() throws Exception {
        try (Walwire walwire = start();
                Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            insert(connection);
            awaitSpilled(1);
            connection.rollback();
            awaitSpilled(0);
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void prepared_itsFileIsGone_onceItIsRolledBack() throws Exception {
        String gid = database.unique("gid");
        try (Walwire walwire = start("walwire.two-phase");
                Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            insert(connection);
            BothWays.execute(connection, "PREPARE TRANSACTION '" + gid + "'");
            awaitSpilled(1);
            database.sql("ROLLBACK PREPARED '" + gid + "'");
            awaitSpilled(0);
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void close_inAChunk_itsFileIsGone_andTheTransactionComesToTheNext() throws Exception {
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            try (Walwire walwire = start()) {
                insert(connection);
                awaitSpilled(1);
                assertThat(walwire.state().isFinal()).isFalse();
            }
            assertThat(spilled()).isEmpty();
            connection.commit();
        }
        try (Walwire walwire = start()) {
            Eventually.until(Items.LONG, () -> parts.all().stream().anyMatch(Transaction::isLast));
            assertThat(parts.all().stream()
                            .mapToLong(part -> part.events().size())
                            .sum())
                    .isEqualTo(ROWS);
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void lostConnection_inAChunk_comesOnce() throws Exception {
        try (Walwire walwire = start();
                Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            insert(connection);
            awaitSpilled(1);
            assertThat(database.terminateWalsenders()).isEqualTo(1);
            Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 1);
            // the server sends no chunk anew before something comes that lies beyond the confirmed position
            BothWays.execute(connection, "INSERT INTO item VALUES (" + (ROWS + 1) + ", 'last')");
            database.sql("SELECT pg_switch_wal()"); // what no commit has flushed is not sent
            awaitSpilled(1);
            connection.commit();
            Eventually.until(Items.LONG, () -> parts.all().stream().anyMatch(Transaction::isLast));
            database.sql("INSERT INTO other VALUES (1)");
            Eventually.until(
                    Items.LONG,
                    () -> parts.all().stream().filter(Transaction::isLast).count() == 2);
            assertThat(parts.all().stream()
                            .mapToLong(part -> part.events().size())
                            .sum())
                    .isEqualTo(ROWS + 2);
        }
    }

    @Test
    void slowHandler_inAReplay_keepsTheConnection() throws Exception {
        database.sql("ALTER DATABASE " + database.name() + " SET wal_sender_timeout = '10s'");
        Gate gate = new Gate();
        try (Walwire walwire = Instances.durable(database)
                        .set("walwire.buffer", "64KiB")
                        .set("walwire.streaming", "on")
                        .handler(on -> on.onTransaction(part -> {
                            if (part.part() == 1) {
                                gate.pass();
                            }
                            parts.add(part);
                        }))
                        .start();
                Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            insert(connection);
            connection.commit();
            gate.awaitReached();
            long since = System.nanoTime();
            Eventually.until(Items.LONG, () -> System.nanoTime() - since > 15_000_000_000L);
            gate.open();
            Eventually.until(Items.LONG, () -> parts.all().stream().anyMatch(Transaction::isLast));
            assertThat(walwire.status().reconnects()).isZero();
        }
    }
}
