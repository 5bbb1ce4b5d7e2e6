package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The same random changes, read through several slots in every way that the server offers: all deliver the same
 * transactions. {@code -Dwalwire.differential.rounds} says how many workloads, {@code -Dwalwire.differential.seed} which one
 * is the first, and {@code -Dwalwire.differential.steps} how long each is.
 */
class DifferentialTest {
    private static final int ROUNDS = Integer.getInteger("walwire.differential.rounds", 1);
    private static final int STEPS = Integer.getInteger("walwire.differential.steps", 600);

    /**
     * One way to read.
     *
     * @param leastVersion of the server
     * @param live whether it reads while the changes are made; else they lie behind, rollbacks included
     * @param settings what makes the difference
     */
    private record Way(String name, int leastVersion, boolean live, Map<String, String> settings) {}

    /** The first one is what the others are compared with. Values are in binary where it is not said that they are text. */
    private static final List<Way> WAYS = List.of(
            new Way("protocol_1", 14, false, Map.of("walwire.protocol", "1", "walwire.binary", "false")),
            new Way("newest", 14, true, Map.of()),
            new Way("newest_later", 14, false, Map.of()),
            new Way("streaming_text", 14, true, Map.of("walwire.streaming", "on", "walwire.binary", "false")),
            new Way("streaming", 14, true, Map.of("walwire.streaming", "on", "walwire.protocol", "2")),
            new Way("streaming_later", 14, false, Map.of("walwire.streaming", "on")),
            new Way("parallel", 16, true, Map.of("walwire.streaming", "parallel")),
            new Way("two_phase", 15, true, Map.of("walwire.two-phase", "true", "walwire.binary", "false")),
            new Way("two_phase_streaming", 15, true, Map.of("walwire.two-phase", "true", "walwire.streaming", "on")),
            new Way(
                    "two_phase_streaming_later",
                    15,
                    false,
                    Map.of("walwire.two-phase", "true", "walwire.streaming", "on")));

    /** SQLSTATE of what the server does not expect to happen. */
    private static final String INTERNAL_ERROR = "XX000";

    @Test
    void transactions_areTheSameHoweverTheyAreRead() throws Exception {
        long first = Long.getLong("walwire.differential.seed", new Random().nextLong());
        System.out.println("DifferentialTest: -Dwalwire.differential.seed=" + first + " -Dwalwire.differential.rounds="
                + ROUNDS + " -Dwalwire.differential.steps=" + STEPS);
        for (int round = 0; round < ROUNDS; round++) {
            long seed = first + round;
            try {
                round(seed);
            } catch (Exception | AssertionError e) {
                throw new AssertionError("With -Dwalwire.differential.seed=" + seed, e);
            }
        }
    }

    private static void round(long seed) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.shared())) {
            RandomWorkload.prepare(database);
            List<Way> ways = WAYS.stream()
                    .filter(way -> way.leastVersion() <= database.server().version())
                    .toList();
            for (Way way : ways) {
                database.createSlot(database.unique(way.name()));
            }
            Map<String, Reading> live = new LinkedHashMap<>();
            try (RandomWorkload workload = new RandomWorkload(database, new Random(seed))) {
                for (Way way : ways) {
                    if (way.live()) {
                        live.put(way.name(), new Reading(database, way));
                    }
                }
                workload.run(STEPS);
                database.sql("INSERT INTO mark VALUES (1)");
                compare(database, ways, live);
            } finally {
                live.values().forEach(Reading::close);
            }
        }
    }

    private static void compare(TestDatabase database, List<Way> ways, Map<String, Reading> live) throws Exception {
        List<String> expected = List.of();
        for (Way way : ways) {
            Read read = read(database, way, live.get(way.name()));
            if (expected.isEmpty() && read.whole()) {
                expected = read.lines();
                assertThat(expected).as("events").hasSizeGreaterThan(STEPS / 20);
            }
            List<String> lines = read.lines();
            int same = same(lines, expected);
            if (read.whole() || same < lines.size()) {
                assertThat(about(lines, same))
                        .as("%s, which delivers %d lines, from line %d on", way.name(), lines.size(), same)
                        .isEqualTo(about(expected, same));
            }
        }
    }

    /**
     * What one way delivered.
     *
     * @param whole false if PostgreSQL itself failed at what it has to decode: these are the lines before that
     */
    private record Read(List<String> lines, boolean whole) {}

    private static Read read(TestDatabase database, Way way, @Nullable Reading live) throws Exception {
        Reading reading = live == null ? new Reading(database, way) : live;
        try (reading) {
            return new Read(reading.lines(), true);
        } catch (AssertionError e) {
            if (!String.valueOf(e.getMessage()).contains(INTERNAL_ERROR)) {
                throw e;
            }
            reading.close();
            // at a transaction in progress, it may fail once and not again
            if (live == null) {
                requireThatTheServerFails(database, way, e);
            }
            System.out.println("DifferentialTest: PostgreSQL itself cannot decode this workload with " + way);
            return new Read(reading.soFar(), false);
        }
    }

    /**
     * Read without Walwire, by PostgreSQL's own function, the slot fails at the same place. One such error of 18.6 with two_phase is "got
     * sequence entry 1 for toast chunk", found with the seed -8522025907557825713.
     */
    private static void requireThatTheServerFails(TestDatabase database, Way way, AssertionError e) {
        String slot = database.unique(way.name());
        boolean twoPhase = way.settings().containsKey("walwire.two-phase");
        boolean streaming = way.settings().containsKey("walwire.streaming");
        Eventually.until(
                Duration.ofMinutes(3), () -> !database.slot(slot).orElseThrow().active());
        assertThatThrownBy(() -> database.query(
                        "SELECT count(*) FROM pg_logical_slot_peek_binary_changes(?, NULL, NULL, 'publication_names', 'events',"
                                + " 'messages', 'true', 'proto_version', '3', 'two_phase', ?, 'streaming', ?)",
                        slot,
                        String.valueOf(twoPhase),
                        String.valueOf(streaming)))
                .as("%s, read by PostgreSQL itself, where Walwire said %s", way.name(), e.getMessage())
                .isInstanceOf(SQLException.class)
                .satisfies(failure ->
                        assertThat(((SQLException) failure).getSQLState()).isEqualTo(INTERNAL_ERROR));
    }

    private static int same(List<String> some, List<String> others) {
        int at = 0;
        while (at < Math.min(some.size(), others.size()) && some.get(at).equals(others.get(at))) {
            at++;
        }
        return at;
    }

    /** A few lines, for nobody reads thousands. */
    private static List<String> about(List<String> lines, int at) {
        return lines.subList(Math.min(at, lines.size()), Math.min(at + 4, lines.size()));
    }

    /** An instance, and what it delivers up to the mark. */
    private static final class Reading implements AutoCloseable {
        private final List<String> lines = new ArrayList<>();
        private final Recorder<List<String>> upToMark = new Recorder<>();
        private final String name;
        private final Walwire walwire;

        Reading(TestDatabase database, Way way) {
            name = way.name();
            WalwireBuilder builder = Instances.temporary(database)
                    .name(way.name())
                    .slotName(database.unique(way.name()))
                    .oldRecord(true)
                    // little enough for files, and for transactions in parts
                    .set("walwire.buffer", "256KiB");
            way.settings().forEach(builder::set);
            walwire = builder.handler(on -> {
                        on.onTransaction(this::transaction);
                        on.onMessage("p", this::message);
                        on.onGap(gap -> lines.add(gap.toString()));
                    })
                    .start();
        }

        private void transaction(Transaction part) {
            part.events().forEach(event -> lines.add(line(event)));
            // a last part may be empty
            if (part.isLast() && (part.part() > 0 || !part.events().isEmpty())) {
                lines.add("end of " + part.xid() + " at " + part.endLsn() + ", origin " + part.origin());
            }
            if (part.events().stream()
                    .anyMatch(event -> "mark".equals(event.source().table()))) {
                upToMark.add(List.copyOf(lines));
            }
        }

        private void message(Event event) {
            if (event.transaction() == null) {
                lines.add(line(event));
            }
        }

        /** Where a part ends depends on the memory that its messages take, which differs a little. */
        private static String line(Event event) {
            return event.toJson().replaceFirst("\"end_lsn\":(null|\"[^\"]*\")", "");
        }

        List<String> lines() throws InterruptedException {
            Eventually.until(
                    Duration.ofMinutes(3),
                    () -> !upToMark.all().isEmpty() || walwire.state().isFinal());
            assertThat(walwire.status().lastError()).as(name).isNull();
            return upToMark.await(1).get(0);
        }

        /** Of an instance that is closed. */
        List<String> soFar() {
            return List.copyOf(lines);
        }

        @Override
        public void close() {
            walwire.close();
        }
    }
}
