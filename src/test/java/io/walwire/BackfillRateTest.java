package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** With {@code walwire.backfill.rate=auto}, which is the default, readers of existing rows rest while other sessions write. */
class BackfillRateTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    /** A reader rests for most of the time. So it is seen at rest sooner or later, if it does rest. */
    @Test
    void readersRest_besideWriters() throws Exception {
        ExistingItems.create(database);
        database.sql("CREATE TABLE busy AS SELECT i AS id, 0 AS v FROM generate_series(1, 5000) i");
        database.sql("ALTER TABLE busy ADD PRIMARY KEY (id)");
        String name = database.unique("rests");
        try (Walwire walwire = Instances.temporary(database)
                .name(name)
                .subscriptions("item", "busy")
                .handler("rows", on -> on.allTables().onReads(rows -> {}).onUpdates(updates -> {}))
                .start()) {
            Eventually.until(LONG, () -> {
                database.sql("UPDATE busy SET v = v + 1");
                if (walwire.backfills().isEmpty()) {
                    walwire.backfill("item").start();
                }
                return Thread.getAllStackTraces().entrySet().stream().anyMatch(each -> isResting(name, each));
            });
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
    }

    private static boolean isResting(String instance, Map.Entry<Thread, StackTraceElement[]> thread) {
        return thread.getKey().getName().startsWith("walwire-" + instance + "-backfill-")
                && Arrays.stream(thread.getValue())
                        .map(StackTraceElement::getMethodName)
                        .toList()
                        .containsAll(List.of("pause", "slowDown"));
    }
}
