package io.walwire.testkit;

import static io.walwire.testkit.WalwireKit.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.event.ColumnState;
import io.walwire.event.Event;
import io.walwire.event.ReplicaIdentity;
import io.walwire.event.RowEvent;
import io.walwire.event.Transaction;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A kit that goes on in the middle of its tape reads what comes as it would have from the beginning. */
class RestartedKitTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    private final Path folder;

    RestartedKitTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private static <T> T last(List<T> of) {
        return of.get(of.size() - 1);
    }

    private static List<String> json(List<Event> events) {
        return events.stream().map(Event::toJson).toList();
    }

    @Test
    void tablesOfLeftOutTransactions_areNoPartitions() {
        try (WalwireKit kit = WalwireKit.builder()
                .table("audit", t -> t.column("id", "int4")
                        .column("note", "text")
                        .replicaIdentity(ReplicaIdentity.FULL)
                        .primaryKey("id"))
                .table("users", t -> t.column("nr", "int4").primaryKey("nr"))
                .start()) {
            kit.commit(tx -> tx.insert("audit", row("id", 1)));
            kit.commit(tx -> tx.insert("users", row("nr", 1)));
            kit.awaitHandled();
            kit.restart();
            kit.commit(tx -> tx.delete("audit", row("id", 1)));
            kit.awaitHandled();
            Event delete = last(kit.delivered("audit"));
            assertThat(Objects.requireNonNull(((RowEvent<?>) delete).beforeRow())
                            .state("note"))
                    .isEqualTo(ColumnState.NULL);
        }
    }

    private Path record(boolean binary, Work work) throws SQLException, InterruptedException {
        Path file = folder.resolve("stream.walwire");
        try (TestDatabase database = TestDatabase.create(PostgresServer.shared())) {
            work.before(database);
            try (Walwire walwire = Walwire.builder()
                    .url(database.url())
                    .publication("events")
                    .set("walwire.record", file.toString())
                    .set("walwire.binary", Boolean.toString(binary))
                    .handler(on -> on.onTransaction(tx -> {}))
                    .start()) {
                work.recorded(database);
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
        }
        return file;
    }

    private interface Work {
        void before(TestDatabase database) throws SQLException;

        void recorded(TestDatabase database) throws SQLException;
    }

    private static final class Altered implements Work {
        @Override
        public void before(TestDatabase database) throws SQLException {
            database.sql(
                    "CREATE TABLE item (id int PRIMARY KEY, note text)",
                    "CREATE TABLE other (id int PRIMARY KEY)",
                    "CREATE PUBLICATION events FOR TABLE item, other");
        }

        @Override
        public void recorded(TestDatabase database) throws SQLException {
            database.sql("INSERT INTO item VALUES (1, 'a')", "ALTER TABLE item ADD n int4[] DEFAULT '{1}'");
            database.inTransaction(
                    "INSERT INTO other VALUES (1)",
                    "INSERT INTO item VALUES (2, 'b', '{1,2}')",
                    "ALTER TABLE item ADD d date DEFAULT '2026-01-02'",
                    "INSERT INTO item VALUES (3, 'c', '{3}')");
            database.sql("INSERT INTO other VALUES (2)", "INSERT INTO item VALUES (4, 'd', '{4}')");
        }
    }

    /** Every transaction, as it comes of a replay that begins with it. */
    private static void requireTheSameFromEverywhere(Path file) {
        try (WalwireKit kit = WalwireKit.builder().replay(file).start()) {
            kit.awaitHandled();
            List<Transaction> whole = List.copyOf(kit.transactions());
            assertThat(whole).hasSizeGreaterThan(2);
            for (int from = whole.size() - 1; from > 0; from--) {
                List<String> expected = new ArrayList<>();
                whole.subList(from, whole.size()).forEach(each -> expected.addAll(rows(json(each.events()))));
                Transaction first = whole.get(from);
                kit.forgetDelivered();
                kit.restartBefore(new Committed(
                        first.xid(),
                        Objects.requireNonNull(first.commitLsn()),
                        Objects.requireNonNull(first.endLsn()),
                        first.timestamp()));
                kit.awaitHandled();
                List<String> again = new ArrayList<>();
                kit.transactions().forEach(each -> again.addAll(rows(json(each.events()))));
                assertThat(again).as("from transaction %d", from).isEqualTo(expected);
            }
        }
    }

    /** What a table was before the first transaction, a replay from the middle cannot know. */
    private static List<String> rows(List<String> lines) {
        return lines.stream()
                .filter(line -> !line.contains("\"type\":\"schema\""))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"false, false", "true, false", "true, true"})
    void recording_fromTheMiddle_hasTheFactsOfEachDefinition(boolean binary, boolean older) throws Exception {
        Path file = record(binary, new Altered());
        if (older) {
            asOfAnOlderBuild(file);
        }
        try (WalwireKit kit = WalwireKit.builder().replay(file).start()) {
            kit.awaitHandled();
            assertThat(json(kit.delivered("item")).toString())
                    .contains("\"n\":[1,2]", "\"n\":[3]", "\"d\":\"2026-01-02\"", "\"n\":[4]")
                    .doesNotContain("unknown");
        }
        requireTheSameFromEverywhere(file);
    }

    /** Those knew neither the description that the catalog was asked for, nor whether the table is partitioned. */
    private static void asOfAnOlderBuild(Path file) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (line.contains("{\"is\":\"table\"")) {
                String json = line.substring(9)
                        .replaceAll("\"described\":\\{.*?\\]\\},", "")
                        .replaceAll("\"partitioned\":(true|false),", "");
                CRC32C checksum = new CRC32C();
                checksum.update(json.getBytes(java.nio.charset.StandardCharsets.UTF_8));
                line = HexFormat.of().toHexDigits((int) checksum.getValue()) + " " + json;
            }
            lines.add(line);
        }
        Files.write(file, lines);
    }
}
