package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.walwire.error.ValueException;
import io.walwire.event.Column;
import io.walwire.event.Row;
import io.walwire.lifecycle.State;
import io.walwire.testing.HostileContents;
import io.walwire.testing.TestDatabase;
import io.walwire.watch.Watch;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Changed;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nothing that stands in a row stops an instance whose watches look at it, or ends a watch. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class WatchHostileContentsTest {
    private static final String DEEP = HostileContents.nested(3_000);
    private static final JsonFactory UNLIMITED = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private int insert(String column, String type, List<String> values) throws SQLException {
        int inserted = 0;
        try (Connection connection = database.connect();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO item (" + column + ") VALUES (CAST(? AS " + type + "))")) {
            for (String value : values) {
                try {
                    insert.setString(1, value);
                    insert.executeUpdate();
                    inserted++;
                } catch (SQLException refusedByTheServer) {
                    // what PostgreSQL does not take cannot come
                }
            }
        }
        return inserted;
    }

    private int insertEverything() throws SQLException {
        int inserted = insert("doc", "json", HostileContents.jsonTexts())
                + insert("docb", "jsonb", HostileContents.jsonTexts())
                + insert("t", "text", HostileContents.texts());
        for (Map.Entry<String, String> column : Map.of("n", "numeric", "f", "float8", "a", "text[]", "i", "interval")
                .entrySet()) {
            inserted += insert(
                    column.getKey(),
                    column.getValue(),
                    Objects.requireNonNull(HostileContents.valuesByType().get(column.getValue())));
        }
        database.sql(
                "UPDATE item SET t = 'after', doc = '{}', docb = '{}', n = 1, f = 1, a = '{}'",
                "UPDATE item SET doc = '" + DEEP + "', docb = '" + DEEP + "'",
                "DELETE FROM item");
        return inserted;
    }

    private static List<Watch> watches(Watch item) {
        return List.of(
                item.where("doc", "{}"),
                item.where("docb", "{\"b\": 1, \"a\": 2}"),
                item.where("doc", DEEP).where("n", 1),
                item.where("n", 1).where("f", 1.0),
                item.where("i", "1 day"),
                item.where("a", "{}"),
                item.changed("doc").from("{}").to(DEEP),
                item.changed("n").from(1),
                item.columns("doc", "docb", "n", "f", "a", "i", "t"),
                item.select("doc", "docb", "n", "f", "a", "i", "t").conflate(100_000),
                item.keysOnly(),
                item.where("t", "NULL"));
    }

    /** Reads what subscribers read; a value that no Java type holds is refused as such, and nothing else is thrown. */
    private static void read(WatchEvent event) {
        requireOneLine(event.toJson());
        if (event instanceof Changed changed) {
            read(changed.row());
            read(changed.oldRow());
        }
    }

    private static void read(@Nullable Row row) {
        if (row == null) {
            return;
        }
        for (Column column : row.columns()) {
            if (column.type().startsWith("json")) {
                continue;
            }
            try {
                row.get(column.name());
            } catch (ValueException e) {
                assertThat(e.reason()).isIn(ValueException.Reason.NOT_REPRESENTABLE, ValueException.Reason.NOT_SENT);
            }
        }
        requireOneLine(row.toJson());
    }

    private static void requireOneLine(String json) {
        assertThat(json).doesNotContain("\n", "\r");
        // json of the database's may hold half of a pair, which is passed on as it is
        String whole = json.replaceAll("(?i)(?<!\\\\)((?:\\\\\\\\)*)\\\\u(d[89a-f][0-9a-f]{2})", "$1?");
        try (JsonParser parser = UNLIMITED.createParser(whole)) {
            while (parser.nextToken() != null) {
                // only its form matters
            }
        } catch (IOException e) {
            throw new AssertionError("Not JSON", e);
        }
    }

    @ParameterizedTest
    @CsvSource({"REPLICATION, false", "REPLICATION, true", "TRIGGERS, false"})
    void rows_ofHostileContents_endNeitherInstanceNorWatch(EitherSource source, boolean binary) throws Exception {
        Instances.prepare(
                database,
                "CREATE TABLE item (id serial PRIMARY KEY, doc json, docb jsonb, n numeric, f float8, a text[], i interval,"
                        + " t text)",
                "ALTER TABLE item REPLICA IDENTITY FULL");
        WalwireBuilder builder = binary ? source.temporary(database) : source.asText(database);
        try (Watching watching = Watching.of(database, builder)) {
            List<Watch> watches = watches(watching.watch("item"));
            for (int i = 0; i < watches.size(); i++) {
                watching.add("w" + i, watches.get(i));
            }
            watching.add("inserts", watching.watch("item").inserted());
            watching.add("deep", watching.watch("item").where("docb", DEEP));
            int inserted = insertEverything();
            watching.sql();
            assertThat(watching.lines("inserts")).hasSize(inserted);
            // those that came with it, and all when they were set to it and deleted
            assertThat(watching.lines("deep"))
                    .hasSize(1 + 1 + 2 * inserted)
                    .noneMatch(line -> line.contains("uncertain"));
            for (int i = 0; i < watches.size(); i++) {
                watching.events("w" + i).forEach(WatchHostileContentsTest::read);
            }
            assertThat(watching.walwire().watchStatus().failed()).isZero();
            assertThat(watching.walwire().state()).isEqualTo(State.STREAMING);
        }
    }
}
