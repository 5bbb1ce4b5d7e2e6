package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Column;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The same random changes of several sessions at once, read by replication and through triggers: the same transactions, and in
 * each the same changes in the same order, as far as replication knows their columns. {@code -Dwalwire.differential.seed} says
 * which changes, and {@code -Dwalwire.differential.steps} how many.
 */
class TriggerDifferentialTest {
    private static final int STEPS = Integer.getInteger("walwire.differential.steps", 600);
    private static final Set<Kind> CAPTURED = Set.of(Kind.INSERT, Kind.UPDATE, Kind.DELETE, Kind.TRUNCATE);

    private final Recorder<Event> replicated = new Recorder<>();
    private final Recorder<Event> captured = new Recorder<>();

    @Test
    void transactions_areTheSameFromBothSources() throws Exception {
        long seed = Long.getLong("walwire.differential.seed", new Random().nextLong());
        System.out.println("TriggerDifferentialTest: -Dwalwire.differential.seed=" + seed
                + " -Dwalwire.differential.steps=" + STEPS);
        try (TestDatabase database = TestDatabase.create(PostgresServer.shared())) {
            RandomWorkload.prepare(database);
            try (RandomWorkload workload = new RandomWorkload(database, new Random(seed));
                    Walwire replication = Instances.temporary(database)
                            .handler(on -> on.onTransaction(each -> replicated.addAll(each.events())))
                            .start();
                    Walwire triggers = Outboxes.temporary(database)
                            .set("walwire.triggers.notify", "false") // which PREPARE TRANSACTION would refuse
                            .set("walwire.buffer", "256KiB")
                            .handler(on -> on.onTransaction(each -> captured.addAll(each.events())))
                            .start()) {
                workload.run(STEPS);
                assertThat(replication.awaitCurrent(Duration.ofSeconds(60))).isTrue();
                assertThat(triggers.awaitCurrent(Duration.ofSeconds(60))).isTrue();
            }
        }
        Map<Long, List<Event>> expected = byTransaction(replicated.all());
        Map<Long, List<Event>> actual = byTransaction(captured.all());
        assertThat(expected).isNotEmpty();
        assertThat(actual.keySet()).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(expected.keySet());
        assertThat(List.copyOf(actual.keySet())).as("by transaction id").isSorted();
        expected.forEach((xid, events) -> compare(events, actual.getOrDefault(xid, List.of()), seed));
    }

    /** The outbox itself, which the publication of all tables takes in, is not subscribed by {@code *}. */
    private static Map<Long, List<Event>> byTransaction(List<Event> events) {
        Map<Long, List<Event>> byTransaction = new LinkedHashMap<>();
        for (Event event : events) {
            if (CAPTURED.contains(event.kind())) {
                byTransaction
                        .computeIfAbsent(Typed.transaction(event).xid(), first -> new ArrayList<>())
                        .add(event);
            }
        }
        return byTransaction;
    }

    private static void compare(List<Event> expected, List<Event> actual, long seed) {
        assertThat(actual.stream().map(TriggerDifferentialTest::title))
                .as("seed %d", seed)
                .containsExactlyElementsOf(
                        expected.stream().map(TriggerDifferentialTest::title).toList());
        for (int i = 0; i < expected.size(); i++) {
            if (expected.get(i) instanceof RowEvent<?> row) {
                RowEvent<?> other = Typed.row(actual.get(i));
                compare(row.afterRow(), other.afterRow(), seed);
                compare(row.beforeRow(), other.beforeRow(), seed);
            }
        }
    }

    private static String title(Event event) {
        return event.kind() + " " + event.source().table() + " "
                + event.source().columns();
    }

    private static void compare(@Nullable Row expected, @Nullable Row actual, long seed) {
        if (expected == null) {
            return;
        }
        Row other = Objects.requireNonNull(actual);
        for (Column column : expected.columns()) {
            if (expected.isKnown(column.name())) {
                assertThat(other.text(column.name()))
                        .as("%s, seed %d", column.name(), seed)
                        .isEqualTo(expected.text(column.name()));
            }
        }
    }
}
