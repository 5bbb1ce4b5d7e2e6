package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.text.TableName;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept of runs, and where. */
class ProgressTableTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private static final RunSlot SLOT = new RunSlot("7000000000000000001", "slot");

    private static final StoredRun RUN = new StoredRun(
            SLOT,
            "run-1",
            new TableName("shop", "Order, item"),
            "tenant = 7",
            List.of("Mails", "a \"quoted\" one"),
            RunState.RUNNING,
            RunState.RUNNING,
            null,
            List.of(),
            3,
            "first",
            "one",
            new Lsn(7));

    private static void create(TestDatabase database) throws Exception {
        database.sql(Files.readString(Path.of("sql/backfill.sql")));
    }

    private static Connection connect(TestDatabase database) throws SQLException {
        Connection connection = database.connect();
        connection.setAutoCommit(false);
        return connection;
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void runs_andHowFarTheyHaveCome(int version) throws Exception {
        try (TestDatabase own = TestDatabase.create(PostgresServer.of(version))) {
            create(own);
            try (Connection connection = connect(own)) {
                ProgressTable table = ProgressTable.find(connection);
                assertThat(table.runs(connection, SLOT)).isEmpty();
                table.save(connection, RUN);
                StoredLeaf leaf = new StoredLeaf(43, RUN.table(), 7, "[[\"blocks\",0,-1]]", false, 0, 0, 100);
                table.save(connection, RUN, leaf);
                StoredLeaf further = new StoredLeaf(43, RUN.table(), 7, "[]", true, 12, 90, 100);
                table.save(connection, RUN, further);
                assertThat(table.runs(connection, SLOT)).containsExactly(RUN);
                assertThat(table.leaves(connection, SLOT, "run-1")).containsExactly(further);
                assertThat(table.runs(connection, new RunSlot(SLOT.systemId(), "other")))
                        .isEmpty();
                assertThat(table.runs(connection, new RunSlot("7000000000000000002", SLOT.name())))
                        .as("a slot of this name on another server")
                        .isEmpty();
                connection.commit();

                assertThat(table.want(connection, RUN, RunState.PAUSED)).isTrue();
                StoredRun done =
                        RUN.in(RunState.FAILED, "why").with(List.of(List.of("a", "1"), List.of("b", "2")), new Lsn(9));
                table.save(connection, done);
                StoredRun kept = table.runs(connection, SLOT).get(0);
                assertThat(kept.wanted())
                        .as("what the user wants is not overwritten")
                        .isEqualTo(RunState.PAUSED);
                assertThat(kept.state()).isEqualTo(RunState.FAILED);
                assertThat(kept.problem()).isEqualTo("why");
                assertThat(kept.keysToRead()).containsExactly(List.of("a", "1"), List.of("b", "2"));
                assertThat(kept.doneTo()).isEqualTo(new Lsn(9));
                table.owners().forget(connection, SLOT);
                assertThat(table.runs(connection, SLOT).get(0).timeline()).isZero();
                table.replace(connection, RUN.again("second"));
                StoredRun again = table.runs(connection, SLOT).get(0);
                assertThat(again.timeline()).isEqualTo(3);
                assertThat(again.reading()).isEqualTo("second");
                assertThat(table.leaves(connection, SLOT, "run-1")).isEmpty();
                assertThat(table.runs(connection, SLOT)).hasSize(1);
            }
        }
    }

    @Test
    void run_ofAllHandlersAndRows() throws Exception {
        create(database);
        try (Connection connection = connect(database)) {
            ProgressTable table = ProgressTable.find(connection);
            StoredRun all = new StoredRun(
                    SLOT,
                    "run",
                    RUN.table(),
                    null,
                    null,
                    RunState.RUNNING,
                    RunState.RUNNING,
                    null,
                    List.of(),
                    1,
                    "",
                    null,
                    Lsn.ZERO);
            table.save(connection, all);
            assertThat(table.runs(connection, SLOT)).containsExactly(all);
        }
    }

    @Test
    void runOfAnotherOwner_isNotWritten() throws Exception {
        create(database);
        try (Connection connection = connect(database)) {
            ProgressTable table = ProgressTable.find(connection);
            assertThat(table.owners().require(connection, RUN))
                    .as("it is not there")
                    .isFalse();
            table.save(connection, RUN);
            assertThat(table.owners().require(connection, RUN)).isTrue();
            StoredRun elsewhere = new StoredRun(
                    new RunSlot("7000000000000000002", SLOT.name()),
                    RUN.id(),
                    RUN.table(),
                    null,
                    null,
                    RunState.RUNNING,
                    RunState.RUNNING,
                    null,
                    List.of(),
                    1,
                    "",
                    "three",
                    Lsn.ZERO);
            table.save(connection, elsewhere);
            table.owners().claim(connection, SLOT, "two", table.owners().lock(connection, SLOT));
            assertThatThrownBy(() -> table.owners().require(connection, RUN))
                    .isInstanceOf(TakenRunException.class)
                    .hasMessageContaining("Another instance streams from replication slot \"slot\"");
            assertThat(table.owners()
                            .require(connection, table.runs(connection, SLOT).get(0)))
                    .isTrue();
            assertThat(table.runs(connection, elsewhere.slot())).containsExactly(elsewhere);
        }
    }

    @Test
    void missingTable_isSaid() throws Exception {
        try (Connection connection = connect(database)) {
            assertThatThrownBy(() -> ProgressTable.find(connection))
                    .isInstanceOfSatisfying(
                            WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CHECKPOINT))
                    .hasMessageContaining("There is no table walwire_backfill.")
                    .hasMessageContaining("sql/backfill.sql");
        }
    }

    @Test
    void tableOfAnotherRole_isRefused() throws Exception {
        String stranger = database.role("LOGIN");
        String reader = database.role("LOGIN");
        create(database);
        database.sql("ALTER TABLE walwire_backfill OWNER TO " + stranger, "GRANT ALL ON walwire_backfill TO " + reader);
        try (Connection connection = database.server().connect(database.name(), reader, database.password());
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SELECT 1");
            assertThatThrownBy(() -> ProgressTable.find(connection))
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContaining("belongs to role \"" + stranger + "\"");
        }
    }
}
