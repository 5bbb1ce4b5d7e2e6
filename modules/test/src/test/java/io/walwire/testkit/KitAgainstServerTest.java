package io.walwire.testkit;

import static io.walwire.testkit.WalwireKit.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.event.Event;
import io.walwire.event.ReplicaIdentity;
import io.walwire.event.Transaction;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kit sends what a server would: the same changes give the same JSON. */
class KitAgainstServerTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    /** A column's type, and a value as a test would give it. */
    private record Value(String type, Object java) {}

    private static final List<Value> VALUES = List.of(
            new Value("bool", true),
            new Value("boolean", false),
            new Value("int2", (short) -3),
            new Value("integer", 42),
            new Value("bigint", Long.MIN_VALUE),
            new Value("oid", 4_000_000_000L),
            new Value("float8", 0.1),
            new Value("float8", 1e20),
            new Value("float8", 1e14),
            new Value("float8", 1.2345678901234568e17),
            new Value("float8", 1e-4),
            new Value("double precision", 1.5e-7),
            new Value("float8", -0.0),
            new Value("float8", Double.NaN),
            new Value("float8", Double.NEGATIVE_INFINITY),
            new Value("float4", 1.1f),
            new Value("real", 1e6f),
            new Value("float4", 123456f),
            new Value("numeric", new BigDecimal("1.50")),
            new Value("numeric(40,3)", new BigDecimal("1E+20").setScale(3)),
            new Value("text", "it's \"quoted\" \\ ü"),
            new Value("varchar(20)", "short"),
            new Value("uuid", UUID.fromString("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0")),
            new Value("bytea", new byte[] {0, 1, (byte) 0xFE}),
            new Value("date", LocalDate.of(2024, 2, 29)),
            new Value("time", LocalTime.of(23, 59, 59, 120_000_000)),
            new Value("time", LocalTime.of(7, 0)),
            new Value("timetz", OffsetTime.of(1, 2, 3, 0, ZoneOffset.ofHours(2))),
            new Value("timetz", OffsetTime.of(1, 2, 3, 4_000, ZoneOffset.ofHoursMinutes(-3, -30))),
            new Value("timestamp", LocalDateTime.of(2024, 2, 29, 12, 0, 0, 123_456_000)),
            new Value("timestamptz", Instant.parse("2024-02-29T12:00:00.5Z")),
            new Value("timestamp with time zone", OffsetDateTime.of(2024, 2, 29, 12, 0, 0, 0, ZoneOffset.ofHours(5))),
            new Value("json", Map.of("a", List.of(1, "two"))),
            new Value("jsonb", "{\"b\": null}"),
            new Value("text[]", Arrays.asList("a", null, "c,\"d\\", "", "NULL")),
            new Value("int4[]", List.of(List.of(1, 2), List.of(3, 4))),
            new Value("timestamptz[]", List.of(Instant.parse("2024-02-29T12:00:00Z"))),
            new Value("bool[]", List.of(true, false)),
            new Value("mood", "ok"),
            new Value("mood[]", List.of("ok", "sad")),
            new Value("inet", "10.0.0.1"),
            new Value("interval", "1 mon 2 days"));

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void values_printAsThoseOfAServer(int version) throws Exception {
        Recorder<Transaction> transactions = new Recorder<>();
        StringBuilder columns = new StringBuilder("CREATE TABLE v (id int PRIMARY KEY");
        List<String> texts = new ArrayList<>();
        Map<String, @Nullable Object> row = new LinkedHashMap<>(row("id", 1));
        KitTypes types = new KitTypes();
        for (int i = 0; i < VALUES.size(); i++) {
            Value value = VALUES.get(i);
            columns.append(", c").append(i).append(' ').append(value.type());
            texts.add(ValueText.of(types.of(value.type()), value.java()));
            row.put("c" + i, value.java());
        }
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            database.sql("CREATE TYPE mood AS ENUM ('sad', 'ok')", columns + ")");
            database.sql("CREATE PUBLICATION events FOR ALL TABLES");
            try (Walwire walwire = Walwire.builder()
                            .url(database.url())
                            .publication("events")
                            .handler(on -> on.onTransaction(transactions::add))
                            .start();
                    WalwireKit kit = kit(database)) {
                StringBuilder insert = new StringBuilder("INSERT INTO v VALUES (1");
                VALUES.forEach(value -> insert.append(", CAST(CAST(? AS text) AS ")
                        .append(value.type())
                        .append(')'));
                database.query(insert + ") RETURNING id", texts.toArray());
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                kit.commit(tx -> tx.insert("v", row));
                kit.awaitHandled();
                assertThat(plain(kit.delivered()))
                        .isEqualTo(plain(transactions.all().get(0).events()));
            }
        }
    }

    private static WalwireKit kit(TestDatabase database) {
        return WalwireKit.builder()
                .database(database.name())
                .table("v", t -> {
                    t.column("id", "int").primaryKey("id");
                    for (int i = 0; i < VALUES.size(); i++) {
                        t.column("c" + i, VALUES.get(i).type());
                    }
                })
                .start();
    }

    /** Without positions, times and ids. */
    private static List<String> plain(List<Event> events) {
        return events.stream()
                .map(event -> event.toJson()
                        .replaceAll("\"timestamp\":\"[^\"]*\"", "")
                        .replaceAll("\"(xid|commit_lsn|end_lsn)\":[^,]*,", ""))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"DEFAULT", "FULL", "INDEX"})
    void changes_carryOfTheOldRow_whatAServerSends(String identity) throws Exception {
        Recorder<Transaction> transactions = new Recorder<>();
        try (TestDatabase database = TestDatabase.create(PostgresServer.shared())) {
            database.sql(
                    "CREATE TABLE item (id int PRIMARY KEY, code text NOT NULL, note text)",
                    "CREATE UNIQUE INDEX item_code ON item (code)",
                    "ALTER TABLE item REPLICA IDENTITY "
                            + (identity.equals("INDEX") ? "USING INDEX item_code" : identity),
                    "CREATE PUBLICATION events FOR ALL TABLES");
            try (Walwire walwire = Walwire.builder()
                            .url(database.url())
                            .publication("events")
                            .oldRecord(true)
                            .handler(on -> on.onTransaction(transactions::add))
                            .start();
                    WalwireKit kit = itemKit(database, identity)) {
                database.inTransaction(
                        "INSERT INTO item VALUES (1, 'a', 'x')",
                        "UPDATE item SET note = 'y'",
                        "UPDATE item SET note = NULL, code = 'b'",
                        "UPDATE item SET id = 2",
                        "UPDATE item SET id = 2",
                        "DELETE FROM item",
                        "TRUNCATE item RESTART IDENTITY CASCADE",
                        "SELECT pg_logical_emit_message(true, 'p', 'sent')");
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                kit.commit(tx -> tx.insert("item", row("id", 1, "code", "a", "note", "x"))
                        .update("item", row("id", 1, "code", "a", "note", "x"), row("note", "y"))
                        .update("item", row("id", 1, "code", "a", "note", "y"), row("note", null, "code", "b"))
                        .update("item", row("id", 1, "code", "b"), row("id", 2))
                        .update("item", row("id", 2, "code", "b"), row("id", 2))
                        .delete("item", row("id", 2, "code", "b"))
                        .truncate(true, true, "item")
                        .message("p", "sent"));
                kit.awaitHandled();
                assertThat(withoutLsn(kit.delivered()))
                        .isEqualTo(withoutLsn(transactions.all().get(0).events()))
                        .hasSize(8);
            }
        }
    }

    private static List<String> withoutLsn(List<Event> events) {
        return plain(events).stream()
                .map(json -> json.replaceAll("\"lsn\":\"[^\"]*\"", ""))
                .toList();
    }

    private static WalwireKit itemKit(TestDatabase database, String identity) {
        return WalwireKit.builder()
                .database(database.name())
                .configure(builder -> builder.oldRecord(true))
                .table("item", t -> {
                    t.column("id", "int4")
                            .column("code", "text")
                            .column("note", "text")
                            .primaryKey("id");
                    if (identity.equals("INDEX")) {
                        t.replicaIdentityIndex("code");
                    } else {
                        t.replicaIdentity(ReplicaIdentity.valueOf(identity));
                    }
                })
                .start();
    }
}
