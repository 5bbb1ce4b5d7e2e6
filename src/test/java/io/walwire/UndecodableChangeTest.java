package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.walwire.error.WalwireException;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A change in the slot that the server cannot decode: what came before it is not lost, nor what comes after it. */
@ParameterizedClass
@ValueSource(ints = {14, 15, 16, 17, 18})
class UndecodableChangeTest {
    private static final int BEFORE = 300;
    private static final Pattern ADVICE = Pattern.compile("SELECT pg_catalog.pg_replication_slot_advance\\([^)]*\\);");

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<Long> ids = new Recorder<>();
    private final Gate first = new Gate();

    private WalwireBuilder reader() {
        return Items.reader(database).slotName(database.unique("slot"));
    }

    /** Since 15 a row filter that fails with a row; before, a publication that did not exist at the time of the change. */
    private void insertUndecodable() throws SQLException {
        if (version >= 15) {
            database.sql("INSERT INTO item VALUES (0, 'cannot be divided by')");
        } else {
            database.sql(
                    "DROP PUBLICATION events",
                    "INSERT INTO item VALUES (0, 'when there was no publication')",
                    "CREATE PUBLICATION events FOR TABLE item");
        }
    }

    private void prepare() throws SQLException {
        database.sql(
                "CREATE TABLE item (id bigint PRIMARY KEY, note text)",
                "CREATE PUBLICATION events FOR TABLE item" + (version >= 15 ? " WHERE (100 / id >= 0)" : ""));
        database.createSlot(database.unique("slot"));
        database.sql("DO $$ BEGIN FOR i IN 1.." + BEFORE
                + " LOOP INSERT INTO item VALUES (i, 'before'); COMMIT; END LOOP; END $$");
        insertUndecodable();
        Items.insert(database, BEFORE + 1);
        Items.insert(database, BEFORE + 2);
    }

    @Test
    void whatCameBefore_isHandledAndConfirmed_theAdviceSkipsThatTransactionAlone() throws Exception {
        prepare();
        WalwireException failure = failAfterRest();
        assertThat(ids.all())
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, BEFORE).boxed().toList());
        assertThat(failure).hasMessageContaining("'" + database.unique("slot") + "'");
        Recorder<Long> again = new Recorder<>();
        try (Walwire walwire = reader().handler(Items.ids(again)).start()) {
            assertFailed(walwire);
        } catch (WalwireException e) {
            // which may be so fast that starting throws it
            assertThat(e).hasMessageContaining("pg_replication_slot_advance");
        }
        assertThat(again.all()).as("confirmed before the instance failed").isEmpty();

        Matcher advice = ADVICE.matcher(String.valueOf(failure.getMessage()));
        assertThat(advice.find()).isTrue();
        database.sql(advice.group());
        try (Walwire walwire = reader().handler(Items.ids(again)).start()) {
            assertThat(again.await(2)).containsExactly(BEFORE + 1L, BEFORE + 2L);
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
        }
    }

    /** The failure has come when tables are looked up before it. The stream is older than the time between two statuses: none may hide it. */
    @Test
    void afterNewTablesOfItsTransaction_inAnOldStream_failsWithTheAdvice() throws Exception {
        assumeTrue(version >= 15, "a row filter fails with the row");
        database.sql(
                "CREATE TABLE item (id bigint PRIMARY KEY, note text)",
                "CREATE TABLE fresh (id bigint PRIMARY KEY)",
                "CREATE PUBLICATION events FOR TABLE fresh, item WHERE (100 / id >= 0)");
        database.createSlot(database.unique("slot"));
        try (Walwire walwire = reader().set("walwire.buffer", "64KiB")
                .handler(on -> on.table("item").onInsert(event -> first.pass()))
                .start()) {
            database.sql(
                    "DO $$ BEGIN FOR i IN 1..1000 LOOP INSERT INTO item VALUES (i, repeat('x', 1000)); COMMIT; END LOOP; END $$");
            database.inTransaction(
                    "INSERT INTO fresh VALUES (1)", "INSERT INTO item VALUES (0, 'cannot be divided by')");
            first.awaitReached(); // the reader waits for room, and the rest for the reader
            database.query("SELECT pg_sleep(1.5)");
            first.open();
            assertThat(assertFailed(walwire)).hasMessageContaining("pg_replication_slot_advance");
            assertThat(walwire.status().reconnects()).isZero();
        }
    }

    /** Holds the first transaction until the error has come. */
    private WalwireException failAfterRest() throws Exception {
        try (Walwire walwire = reader().handler(on -> on.table("item").onInsert(event -> {
                    if (ids.all().isEmpty()) {
                        first.pass();
                    }
                    ids.add(Items.id(event));
                }))
                .start()) {
            first.awaitReached();
            Eventually.until(Items.LONG, () -> walwire.state() == State.RECONNECTING);
            first.open();
            return assertFailed(walwire);
        }
    }

    private static WalwireException assertFailed(Walwire walwire) {
        Throwable cause = assertThrows(
                        ExecutionException.class,
                        () -> walwire.completion().toCompletableFuture().get(180, TimeUnit.SECONDS))
                .getCause();
        assertThat(cause).isInstanceOf(WalwireException.class);
        assertThat(walwire.state()).isEqualTo(State.FAILED);
        return (WalwireException) Objects.requireNonNull(cause);
    }
}
