package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.ReadEvent;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.internal.concurrent.ThrowingRunnable;
import io.walwire.testing.TestDatabase;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A handler that copies the table {@code item} (id, v, big) into the database of its checkpoint. There the table {@code state} has each state
 * of a row that it got, in their order, and the table {@code gap} each gap, after which the copy is empty.
 */
final class Mirror implements EventHandler {
    /** In one statement, so that on a busy machine it keeps up with those who write. */
    private static final String PUT = """
            WITH event (id, v, big, was, reading) AS (SELECT ?::int, ?::int, ?, ?::int, ?),
                 known AS (INSERT INTO item SELECT id, v, coalesce(big, (SELECT big FROM item i WHERE i.id = was)) FROM event
                           ON CONFLICT (id) DO UPDATE SET v = excluded.v, big = excluded.big),
                 gone AS (DELETE FROM item i USING event WHERE i.id = was AND was <> event.id)
            INSERT INTO state (gaps, id, v, reading) SELECT (SELECT count(*) FROM gap), id, v, reading FROM event""";

    private final JdbcCheckpoint checkpoint;
    private final ThrowingRunnable<InterruptedException> afterRead;

    /** Does something after each row that was read, before the commit. */
    Mirror(JdbcCheckpoint checkpoint, ThrowingRunnable<InterruptedException> afterRead) {
        this.checkpoint = checkpoint;
        this.afterRead = afterRead;
    }

    static void create(TestDatabase kept) throws SQLException {
        kept.sql(
                "CREATE TABLE item (id int PRIMARY KEY, v int, big text)",
                "CREATE TABLE state (at bigint GENERATED ALWAYS AS IDENTITY, gaps int, id int, v int, reading text)",
                "CREATE TABLE gap (reason text)");
    }

    @Override
    public void define(Handlers on) {
        on.table("item").onUpsert(this::put).onDelete(event -> delete(id(Objects.requireNonNull(event.key()))));
        on.onGap(event -> {
            sql("INSERT INTO gap VALUES (?)", event.gap().reason());
            sql("DELETE FROM item");
        });
    }

    private void put(RowEvent<Row> event) throws SQLException, InterruptedException {
        Row row = event.row();
        String id = id(row);
        Row before = event.beforeRow();
        boolean isRead = event instanceof ReadEvent<Row>;
        sql(
                PUT,
                id,
                row.text("v"),
                row.isKnown("big") ? row.text("big") : null,
                before != null && before.isKnown("id") ? id(before) : id,
                isRead ? reading(event) : null);
        if (isRead) {
            afterRead.run();
        }
    }

    /** What the identity of a read has before the table's name. */
    static String reading(RowEvent<Row> event) {
        String id = String.valueOf(event.id());
        return id.substring(0, id.indexOf("/public.item/"));
    }

    private void delete(String id) throws SQLException {
        sql("DELETE FROM item WHERE id = ?::int", id);
    }

    private static String id(Row row) {
        return Objects.requireNonNull(row.text("id"));
    }

    private void sql(String sql, @Nullable String... values) throws SQLException {
        try (PreparedStatement statement = checkpoint.connection().prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setString(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }

    /** How many rows of a reading it got. */
    static long reads(TestDatabase kept) throws SQLException {
        return kept.queryLong("SELECT count(*) FROM state WHERE reading IS NOT NULL");
    }

    /** In how many readings of the table they came. */
    static long readings(TestDatabase kept) throws SQLException {
        return kept.queryLong("SELECT count(DISTINCT reading) FROM state");
    }

    /** Between two gaps. */
    static void requireNoStateWentBack(TestDatabase kept) throws SQLException {
        assertThat(kept.query("SELECT * FROM (SELECT *, lag(v) OVER (PARTITION BY gaps, id ORDER BY at) AS before"
                        + " FROM state) s WHERE v < before"))
                .isEmpty();
    }

    /** What nobody changes has no reason to come twice. */
    static void requireReadOnce(TestDatabase kept, int rowsLeftAlone) throws SQLException {
        assertThat(readings(kept)).isEqualTo(1);
        assertThat(kept.queryString("SELECT count(*) || ' of ' || count(DISTINCT id) FROM state WHERE id >= "
                        + ItemWriters.FIRST_LEFT_ALONE))
                .isEqualTo(rowsLeftAlone + " of " + rowsLeftAlone);
    }
}
