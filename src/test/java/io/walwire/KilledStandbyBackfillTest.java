package io.walwire;

import io.walwire.MirrorProcess.Place;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code kill -9} while rows are read from a standby, from which the stream comes, and sessions write on its primary. */
@Timeout(value = 10, unit = TimeUnit.MINUTES) // of a busy machine
class KilledStandbyBackfillTest {
    private static final int ROWS = 40;
    private static final int LEFT_ALONE = 300;

    @ParameterizedTest
    @ValueSource(ints = {16, 17, 18})
    void mirror_afterKills_equalsTheTable_andTheRunWentOn(int version) throws Exception {
        try (StandbyPair pair = new StandbyPair(version)) {
            ItemWriters.create(pair.database, ROWS, LEFT_ALONE);
            Mirror.create(pair.kept);
            makeSlot(pair);
            MirrorRuns runs = new MirrorRuns(
                    pair.kept,
                    List.of(
                            "walwire.url=" + pair.standby.url(pair.database.name()),
                            "walwire.publication=events",
                            "walwire.slot.name=" + Instances.slot(pair.database)));
            try (ItemWriters writers = new ItemWriters(pair.database::connect, ROWS, Duration.ofMillis(100), version)) {
                runs.killAt(Place.COMMIT, 1);
                runs.killAt(Place.ROW, 40);
                runs.killAfterARead();
                runs.finish(() -> {
                    writers.stop();
                    pair.database.sql(MirrorRuns.LAST_ROW);
                });
            }
            runs.requireEqual(pair.items(pair.primary));
            Mirror.requireReadOnce(pair.kept, LEFT_ALONE);
        }
    }

    /** Without sessions that write, the primary has to be asked for what a new slot of its standby needs. */
    private static void makeSlot(StandbyPair pair) throws Exception {
        pair.start(pair.durable().handler("none", on -> on.table("item").onTruncate(event -> {})))
                .close();
    }
}
