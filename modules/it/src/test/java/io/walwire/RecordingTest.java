package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testkit.WalwireKit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What was recorded from a server comes again without it, the same to the last character. */
class RecordingTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    private final Path folder;

    RecordingTest(@TempDir Path folder) {
        this.folder = folder;
    }

    /** Everything that handlers can hear, as JSON. */
    private static final class Lines implements EventHandler {
        private final Recorder<String> lines = new Recorder<>();

        @Override
        public void define(Handlers on) {
            on.allTables().onChange(this::add).onSchema(this::add);
            on.onMessage(this::add).onGap(this::add);
        }

        private void add(Event event) {
            lines.add(event.toJson());
        }

        List<String> all() {
            return lines.all();
        }
    }

    private Path file() {
        return folder.resolve("stream.walwire");
    }

    private static List<String> replayed(Path file, Map<String, String> settings) {
        Lines lines = new Lines();
        try (WalwireKit kit = WalwireKit.builder()
                .replay(file)
                .handler(lines)
                .configure(builder -> settings.forEach(builder::set))
                .start()) {
            kit.awaitHandled();
            return lines.all();
        }
    }

    @ParameterizedTest
    @CsvSource({"14, off, false, false", "14, on, false, true", "18, off, false, true", "18, parallel, true, false"})
    void replay_ofARandomWorkload_givesEqualJson(int version, String streaming, boolean twoPhase, boolean binary)
            throws Exception {
        Map<String, String> settings = Map.of("walwire.old-record", "true");
        Lines lines = new Lines();
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            RandomWorkload.prepare(database);
            try (Walwire walwire = Instances.durable(database)
                            .properties(settings)
                            .set("walwire.record", file().toString())
                            .set("walwire.streaming", streaming)
                            .set("walwire.two-phase", Boolean.toString(twoPhase))
                            .set("walwire.binary", Boolean.toString(binary))
                            .handler(lines)
                            .start();
                    RandomWorkload workload = new RandomWorkload(database, new Random(20_260_101))) {
                workload.run(250);
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
        }
        assertThat(lines.all()).hasSizeGreaterThan(100);
        assertThat(replayed(file(), settings)).isEqualTo(lines.all());
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void replay_ofValuesOfAllTypes_givesEqualJson(int version) throws Exception {
        Lines lines = new Lines();
        List<ValueCases.Case> cases = ValueCases.of(version);
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            database.sql(ValueCases.TYPES);
            database.sql("CREATE PUBLICATION events FOR ALL TABLES");
            for (int i = 0; i < cases.size(); i++) {
                database.sql("CREATE TABLE v" + i + " (id int PRIMARY KEY, v "
                        + cases.get(i).type() + ")");
            }
            try (Walwire walwire = Instances.temporary(database)
                    .set("walwire.record", file().toString())
                    .handler(lines)
                    .start()) {
                List<String> inserts = new ArrayList<>();
                for (int i = 0; i < cases.size(); i++) {
                    inserts.add(
                            "INSERT INTO v" + i + " VALUES (1, " + cases.get(i).sql() + ")");
                }
                database.inTransaction(inserts.toArray(String[]::new));
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
        }
        assertThat(lines.all()).hasSize(cases.size());
        assertThat(replayed(file(), Map.of())).isEqualTo(lines.all());
    }

    @Test
    void replay_ofLostConnectionsAndASecondProcess_givesEqualJson() throws Exception {
        Lines lines = new Lines();
        try (TestDatabase database = TestDatabase.create(PostgresServer.shared())) {
            Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, note text)");
            try (Walwire walwire = recording(database, lines).start()) {
                database.sql("INSERT INTO item VALUES (1, 'a')");
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                confirmMore(database);
                database.terminateWalsenders();
                Eventually.until(LONG, () -> walwire.status().reconnects() == 1);
                database.sql("INSERT INTO item VALUES (2, 'b')");
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
            // as a process that was killed leaves it
            Files.writeString(file(), "0123abcd {\"is\":\"fra", StandardOpenOption.APPEND);
            database.sql("INSERT INTO item VALUES (3, 'c')");
            try (Walwire walwire = recording(database, lines).start()) {
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
        }
        assertThat(lines.all()).hasSize(3);
        assertThat(replayed(file(), Map.of())).isEqualTo(lines.all());
        assertThat(replayedSlowly(file())).isEqualTo(lines.all());
    }

    /** Beyond the last change, so that the next connection begins where only the server's position led. */
    private static void confirmMore(TestDatabase database) throws SQLException {
        database.sql("CREATE SCHEMA other");
        String end = database.queryString("SELECT pg_current_wal_lsn()::text");
        Eventually.until(LONG, () -> !database.query(
                        "SELECT 1 FROM pg_replication_slots WHERE database = current_database()"
                                + " AND confirmed_flush_lsn >= ?::pg_lsn",
                        end)
                .isEmpty());
    }

    /** The replay gets to the end of a connection before the handlers are done with what came through it. */
    private static List<String> replayedSlowly(Path file) throws InterruptedException {
        Lines lines = new Lines();
        try (WalwireKit kit = WalwireKit.builder()
                .replay(file)
                .handler(on -> on.allTables()
                        .onChange(event ->
                                LockSupport.parkNanos(Duration.ofMillis(200).toNanos())))
                .handler(lines)
                .start()) {
            kit.awaitHandled();
        }
        return lines.all();
    }

    private WalwireBuilder recording(TestDatabase database, EventHandler handler) {
        return Instances.durable(database)
                .set("walwire.record", file().toString())
                .handler(handler);
    }

    @Test
    void replay_goesOnInTheKit() throws Exception {
        record();
        Lines lines = new Lines();
        try (WalwireKit kit = WalwireKit.builder().replay(file()).handler(lines).start()) {
            kit.awaitHandled();
            assertThat(lines.all()).hasSize(1);
            kit.commit(tx -> tx.insert("item", WalwireKit.row("id", 2, "note", "from the kit")));
            kit.awaitHandled();
            kit.restart();
            kit.disconnect();
            kit.commit(tx -> tx.delete("item", WalwireKit.row("id", 2)));
            kit.awaitHandled();
            assertThat(lines.all()).hasSize(3);
            assertThat(lines.all().get(1)).contains("from the kit", "\"id\":\"int4\"");
            kit.walwire().watch("item").updated().subscribe(event -> {});
        }
    }

    private List<String> record() throws SQLException, InterruptedException {
        Lines lines = new Lines();
        try (TestDatabase database = TestDatabase.create(PostgresServer.shared())) {
            Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, note text)");
            try (Walwire walwire = recording(database, lines).start()) {
                database.sql("INSERT INTO item VALUES (1, 'a')");
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
        }
        return lines.all();
    }

    @Test
    void recording_isReadByItsOwnerAlone() throws Exception {
        record();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    @Test
    void damagedRecording_isRefused_withTheLine() throws Exception {
        record();
        String text = Files.readString(file());
        Files.writeString(file(), text.replaceFirst("bytes\":\"....", "bytes\":\"AAAA"));
        assertThatThrownBy(() -> replayed(file(), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("Line ", "stream.walwire", "checksum");
        Files.writeString(file(), text.replace("walwire-recording 1", "walwire-recording 2"));
        assertThatThrownBy(() -> replayed(file(), Map.of())).hasMessageContaining("not a recording of this version");
        Files.writeString(
                file(), text + text.substring(text.lastIndexOf('\n', text.length() - 2) + 1, text.length() - 1));
        assertThat(replayed(file(), Map.of())).hasSize(1);
    }

    @Test
    void fileThatIsNoRecording_isLeftAlone() throws SQLException, IOException {
        Files.writeString(file(), "precious");
        try (TestDatabase database = TestDatabase.create(PostgresServer.shared())) {
            Instances.prepare(database);
            assertThatThrownBy(() -> recording(database, on -> {}).start())
                    .isInstanceOfSatisfying(WalwireException.class, e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.STORAGE);
                        assertThat(e).hasMessageContaining("walwire.record");
                    });
        }
        assertThat(file()).hasContent("precious");
    }

    @Test
    void linkInPlaceOfARecording_isRefused_atTheStartAlone() throws Exception {
        Path target = folder.resolve("target");
        Lines lines = new Lines();
        try (TestDatabase database = TestDatabase.create(PostgresServer.shared())) {
            Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, note text)");
            try (Walwire walwire = recording(database, lines).start()) {
                Files.move(file(), target);
                Files.createSymbolicLink(file(), target);
                database.terminateWalsenders();
                Eventually.until(LONG, () -> walwire.status().reconnects() == 1);
                database.sql("INSERT INTO item VALUES (1, 'a')");
                lines.lines.await(1);
                assertThat(walwire.state().isFinal()).isFalse();
            }
            assertThatThrownBy(() -> recording(database, on -> {}).start())
                    .isInstanceOfSatisfying(
                            WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORAGE))
                    .hasMessageContainingAll("walwire.record", "symbolic link");
        }
    }

    /** More entries than places that are remembered, with a restart in the middle and frames that no buffer holds. */
    @Test
    void replay_ofManyAndOfLargeRows_again_andFromTheMiddle() throws Exception {
        Lines lines = new Lines();
        try (TestDatabase database = TestDatabase.create(PostgresServer.shared())) {
            Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, note text)");
            try (Walwire walwire = recording(database, lines).start()) {
                database.sql("INSERT INTO item SELECT i, 'x' FROM generate_series(1, 3000) i");
                database.sql("INSERT INTO item VALUES (0, repeat('0123456789', 1800000))");
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                database.terminateWalsenders();
                Eventually.until(LONG, () -> walwire.status().reconnects() == 1);
                database.sql("INSERT INTO item SELECT i, 'y' FROM generate_series(3001, 6000) i");
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
        }
        assertThat(lines.all()).hasSize(6_001);
        Lines again = new Lines();
        try (WalwireKit kit = WalwireKit.builder().replay(file()).handler(again).start()) {
            kit.awaitHandled();
            assertThat(again.all().equals(lines.all())).isTrue();
            kit.commit(tx -> tx.insert("item", WalwireKit.row("id", 7_000, "note", "from the kit")));
            kit.awaitHandled();
            assertThat(again.all()).hasSize(6_002);
        }
    }
}
