package io.walwire.internal.backfill.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.backfill.BackfillSettings;
import io.walwire.internal.backfill.KeyColumn;
import io.walwire.internal.backfill.LeafPlan;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.backfill.TableReading;
import io.walwire.internal.backfill.TableRequest;
import io.walwire.internal.backfill.UnseenTransactions;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.text.TableName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** How often the server is asked for rows that are left out: an instance may read thousands of tables. */
class LeftOutRowsTest {
    private static final TableRequest REQUEST = new TableRequest(new TableName("public", "item"), null);

    private long now;
    private int looks;

    private int looksWhileReading(LeafPlan... leaves) throws SQLException {
        TableRun run = new TableRun(TableRunTest.storedRun(REQUEST.table()), List.of());
        run.ready(new TablePlan(REQUEST, REQUEST.table(), List.of(leaves)), Map.of(), run.generation());
        run.begin(new BackfillSettings(1_000, 1_000, false, true, false), new UnseenTransactions(), Lsn.ZERO);
        TableReading reading = Objects.requireNonNull(run.backfill());
        LeftOutRows leftOut = new LeftOutRows(this::look, new RunList(1, new LagPause("test")), () -> now);
        for (int minute = 0; minute < 10; minute++) {
            assertThat(leftOut.areFound(run, reading)).isFalse();
            now += Duration.ofMinutes(1).toNanos();
        }
        return looks;
    }

    private boolean look(TableRun run, TableReading reading) {
        looks++;
        return true;
    }

    @Test
    void tableWithoutPartitions_isNotAskedAbout_whileItIsRead() throws Exception {
        Relation relation = new Relation(1, "public", "item", ReplicaIdentity.DEFAULT, List.of());
        LeafPlan leaf = LeafPlan.ofTable(relation, List.of(new KeyColumn("id", "text", 0)), 1, 8192);
        assertThat(looksWhileReading(leaf)).isZero();
    }

    /** As of a partitioned table that has no partitions yet. */
    @Test
    void tableThatMayGetPartitions_isAskedAboutNowAndThen() throws Exception {
        assertThat(looksWhileReading()).isEqualTo(9);
    }
}
