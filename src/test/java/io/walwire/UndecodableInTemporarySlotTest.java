package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A change that the server cannot decode, of an instance whose slot is temporary: it goes on with a new slot, after a gap event. */
@ParameterizedClass
@ValueSource(ints = {14, 18})
class UndecodableInTemporarySlotTest {
    private static final Pattern WAIT = Pattern.compile("Trying again in (\\d+) ms");
    private static final int FAILURES = 5;

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<Long> ids = new Recorder<>();
    private final Recorder<Gap> gaps = new Recorder<>();

    /** The output function of type {@code broken} fails with an internal error, as PostgreSQL does where its catalogs do not fit. */
    @BeforeEach
    void tables() throws SQLException {
        database.sql(
                "CREATE TYPE broken",
                "CREATE FUNCTION broken_in(cstring) RETURNS broken LANGUAGE internal IMMUTABLE STRICT AS 'textin'",
                "CREATE FUNCTION broken_out(broken) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'array_out'",
                "CREATE TYPE broken (INPUT = broken_in, OUTPUT = broken_out)",
                "CREATE TABLE item (id bigint PRIMARY KEY, note text, broken broken)",
                "CREATE PUBLICATION events FOR TABLE item");
    }

    private void insertUndecodable(long id) throws SQLException {
        database.sql("INSERT INTO item VALUES (" + id + ", 'x', 'AAAAAAAAAAAAAAAA')");
    }

    private WalwireBuilder reader(Map<String, String> settings) {
        WalwireBuilder builder = Items.reader(database).handler(on -> {
            on.table("item").onInsert(event -> ids.add(Items.id(event)));
            on.onGap(event -> gaps.add(event.gap()));
        });
        settings.forEach(builder::set);
        return builder;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "walwire_named"})
    void goesOnWithANewSlot_afterAGapWithWhatTheServerSaid(String name) throws Exception {
        Map<String, String> settings = name.isEmpty()
                ? Map.of()
                : Map.of("walwire.slot.name", database.unique(name), "walwire.slot.durable", "false");
        try (LogLines log = new LogLines();
                Walwire walwire = reader(settings).start()) {
            Items.insert(database, 1);
            ids.await(1);
            insertUndecodable(2);
            Lsn behind = Items.currentLsn(database);
            Gap gap = gaps.await(1).get(0);
            assertThat(gap.reason()).contains("PostgreSQL cannot decode its log", "cache lookup failed for type");
            assertThat(gap.from()).isLessThan(behind);
            assertThat(gap.to()).isGreaterThanOrEqualTo(behind);
            Items.insert(database, 3);
            assertThat(ids.await(2)).containsExactly(1L, 3L);
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
            assertThat(walwire.status().reconnects()).isEqualTo(1);
            assertThat(log.with(
                            "WARN",
                            "cache lookup failed for type",
                            "A new one begins",
                            "[SERVER XX000]",
                            "Trying again"))
                    .hasSize(1);
            assertThat(log.with(
                            "WARN", "Changes may be missing", gap.from() + " and " + gap.to(), "cache lookup failed"))
                    .hasSize(1);
            assertThat(log.with("ERROR")).isEmpty();
        }
        assertThat(gaps.all()).hasSize(1);
    }

    /** What was received before is in the queue, and comes before the gap. */
    @Test
    void handlerIsBehind_getsWhatCameBefore_thenTheGap() throws Exception {
        Gate gate = new Gate();
        Recorder<String> order = new Recorder<>();
        try (LogLines log = new LogLines();
                Walwire walwire = Items.reader(database)
                        .handler(on -> {
                            on.table("item").onInsert(event -> {
                                gate.pass();
                                order.add(String.valueOf(Items.id(event)));
                            });
                            on.onGap(event -> order.add("gap"));
                        })
                        .start()) {
            Items.insert(database, 1);
            gate.awaitReached();
            Items.insert(database, 2, 3);
            insertUndecodable(4);
            log.await("Changes may be missing");
            Items.insert(database, 5);
            gate.open();
            assertThat(order.await(5)).containsExactly("1", "2", "3", "gap", "5");
            assertThat(walwire.status().lastError()).contains("cache lookup failed");
        }
    }

    /** A new slot begins behind each such change, which is no progress. */
    @Test
    void failsAgainAndAgain_waitsLongerEachTime() throws Exception {
        try (LogLines log = new LogLines();
                Walwire walwire = reader(Map.of()).start()) {
            for (int failures = 1; failures <= FAILURES; failures++) {
                int expected = failures;
                Eventually.until(
                        Items.LONG,
                        () -> walwire.status().reconnects() == expected - 1 && walwire.state() == State.STREAMING);
                Lsn now = Items.currentLsn(database);
                assertThat(walwire.awaitPosition(now, Items.LONG))
                        .isTrue(); // an idle stream confirms, and that is no progress
                insertUndecodable(failures);
                gaps.await(failures);
            }
            List<Long> waits = log.with("Trying again in").stream()
                    .map(UndecodableInTemporarySlotTest::millis)
                    .toList();
            assertThat(waits).hasSize(FAILURES).last().satisfies(wait -> assertThat(wait)
                    .isGreaterThanOrEqualTo(50L << (FAILURES - 1)));
            Items.insert(database, 100);
            assertThat(ids.await(1)).containsExactly(100L);
            insertUndecodable(200);
            gaps.await(FAILURES + 1);
            assertThat(millis(log.with("Trying again in").get(FAILURES))).isLessThanOrEqualTo(100);
        }
    }

    /** Nothing of a durable slot is skipped by itself. */
    @Test
    void durableSlot_endsWithTheError_andTheSqlThatSkipsTheChange() throws Exception {
        database.createSlot(database.unique("slot"));
        insertUndecodable(1);
        assertThatThrownBy(() -> {
                    try (Walwire walwire = reader(Map.of("walwire.slot.name", database.unique("slot")))
                            .start()) {
                        walwire.awaitTermination();
                    }
                })
                .isInstanceOf(WalwireException.class)
                .hasMessageContainingAll("cache lookup failed", "pg_replication_slot_advance", "[SERVER XX000]");
        assertThat(gaps.all()).isEmpty();
    }

    private static long millis(String line) {
        Matcher wait = WAIT.matcher(line);
        assertThat(wait.find()).isTrue();
        return Long.parseLong(wait.group(1));
    }
}
