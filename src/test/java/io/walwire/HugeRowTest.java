package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A value larger than the buffer, and a change whose message would exceed a gigabyte. */
class HugeRowTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(18));

    @Test
    void insert_largerThanTheBuffer_isDelivered() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, data text)", "CREATE PUBLICATION events FOR TABLE item");
        Recorder<Integer> lengths = new Recorder<>();
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("events")
                .set("walwire.buffer", "64KiB")
                .handler(on -> on.table("item")
                        .onInsert(event -> lengths.add(
                                Objects.requireNonNull(event.row().text("data")).length())))
                .start()) {
            database.inTransaction(
                    "INSERT INTO item VALUES (1, repeat('x', 40000000))", "INSERT INTO item VALUES (2, 'small')");
            assertThat(lengths.await(2)).containsExactly(40_000_000, 5);
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    /** The value is compressed once, and copied as it is then, so that it costs the server little but the attempt to print it. */
    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES) // the server works for many seconds where nothing else does
    void update_underFull_ofAByteaOf300Megabytes_endsForGoodWithAdvice() throws Exception {
        database.sql(
                "CREATE TABLE zeros AS SELECT decode(repeat('00', 300000000), 'hex') AS data",
                "CREATE TABLE item (id int PRIMARY KEY, data bytea)",
                "ALTER TABLE item REPLICA IDENTITY FULL",
                "INSERT INTO item SELECT 1, data FROM zeros",
                "CREATE PUBLICATION events FOR TABLE item");
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("events")
                .slotName(database.unique("huge"))
                .set("walwire.binary", "false")
                .start()) {
            database.sql("UPDATE item SET data = zeros.data FROM zeros");
            assertThatThrownBy(walwire::awaitTermination)
                    .isInstanceOfSatisfying(
                            WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SERVER))
                    .hasMessageContainingAll(
                            "a gigabyte", "walwire.binary=true", "pg_replication_slot_advance", "[SERVER 54000]");
        }
    }
}
