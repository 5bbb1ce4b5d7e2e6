package io.walwire.internal.triggers;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.triggers.Definition.Field;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads an outbox: how far it may be read, what is there, and what tables looked like. */
final class OutboxRows {
    /** How many rows one statement reads at most. */
    private static final int MAX_ROWS = 2_000;

    /** How many definitions it keeps; each ALTER TABLE makes one more. */
    static final int MAX_DEFINITIONS = 1_000;

    private static final String NOW = "pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())";

    private final Connection connection;
    private final OutboxNames names;
    private final long mostBytes;
    private final Map<Long, Definition> definitions = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Definition> eldest) {
            return size() > MAX_DEFINITIONS;
        }
    };

    /**
     * How far an outbox may be read.
     *
     * @param end all transactions below have ended
     * @param held whether changes are there that have to wait for a transaction that began before theirs
     * @param any whether there is anything to read below
     */
    record Horizon(Lsn end, boolean held, boolean any) {}

    /**
     * Some rows.
     *
     * @param rows in their order
     * @param complete whether there are no more below the horizon
     */
    record Chunk(List<OutboxRow> rows, boolean complete) {}

    OutboxRows(Connection connection, OutboxNames names, long mostBytes) {
        this.connection = connection;
        this.names = names;
        this.mostBytes = mostBytes;
    }

    Horizon horizon() throws SQLException {
        return horizon(0, 0);
    }

    /** How far it may be read behind a row. The answer is short, however much there is to read. */
    Horizon horizon(long xid, long seq) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("SELECT " + NOW + "::text, EXISTS (SELECT FROM "
                + names.outbox() + " o WHERE o.xid >= " + NOW + "), EXISTS (SELECT FROM " + names.outbox()
                + " r WHERE (r.xid, r.seq) > (?::pg_catalog.xid8, ?) AND r.xid < " + NOW + ")")) {
            query.setString(1, Long.toUnsignedString(xid));
            query.setLong(2, seq);
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return new Horizon(Cursors.lsn(row.getString(1)), row.getBoolean(2), row.getBoolean(3));
            }
        }
    }

    /** Rows behind one, of transactions below a horizon: at least one if there are any. */
    Chunk read(long xid, long seq, Lsn horizon) throws SQLException {
        List<OutboxRow> rows = new ArrayList<>();
        long total = 0;
        try (PreparedStatement query = connection.prepareStatement("""
                SELECT s.xid::text, s.seq, s.definition, s.kind::text,
                       (EXTRACT(epoch FROM s.changed_at) * 1000000)::pg_catalog.int8, s.old_row, s.new_row,
                       s.total::pg_catalog.int8
                FROM (SELECT o.*, pg_catalog.sum(o.bytes) OVER (ORDER BY o.xid, o.seq) AS total
                      FROM (SELECT r.*, coalesce(pg_catalog.octet_length(r.old_row), 0)
                                   + coalesce(pg_catalog.octet_length(r.new_row), 0) AS bytes
                            FROM %s r WHERE (r.xid, r.seq) > (?::pg_catalog.xid8, ?) AND r.xid < ?::pg_catalog.xid8
                            ORDER BY r.xid, r.seq LIMIT %d) o) s
                WHERE s.total - s.bytes < ? ORDER BY s.xid, s.seq""".formatted(names.outbox(), MAX_ROWS))) {
            query.setString(1, Long.toUnsignedString(xid));
            query.setLong(2, seq);
            query.setString(3, Long.toUnsignedString(horizon.value()));
            query.setLong(4, mostBytes);
            try (ResultSet found = query.executeQuery()) {
                while (found.next()) {
                    rows.add(row(found));
                    // the server's own count: in its encoding a text may have more bytes than here, or fewer
                    total = found.getLong(8);
                }
            }
        }
        return new Chunk(rows, rows.size() < MAX_ROWS && total < mostBytes);
    }

    private static OutboxRow row(ResultSet found) throws SQLException {
        return new OutboxRow(
                Long.parseUnsignedLong(found.getString(1)),
                found.getLong(2),
                found.getLong(3),
                found.getString(4).charAt(0),
                Instant.EPOCH.plus(found.getLong(5), ChronoUnit.MICROS),
                found.getBytes(6),
                found.getBytes(7));
    }

    /** What the rows of a table looked like. */
    Definition definition(long id) throws SQLException {
        Definition known = definitions.get(id);
        if (known == null) {
            known = readDefinition(id);
            definitions.put(id, known);
        }
        return known;
    }

    /** How many definitions it keeps. */
    int knownDefinitions() {
        return definitions.size();
    }

    private Definition readDefinition(long id) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("""
                SELECT d.root::pg_catalog.int8,
                       CASE WHEN d.root = d.relid THEN d.schema_name ELSE coalesce(n.nspname::text, d.root_schema) END,
                       CASE WHEN d.root = d.relid THEN d.table_name ELSE coalesce(c.relname::text, d.root_name) END,
                       d.column_names, d.type_oids::pg_catalog.int8[], d.typmods, d.type_schemas, d.type_names, d.places
                FROM %s d
                LEFT JOIN pg_catalog.pg_class c ON c.oid = d.root
                LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE d.id = ?""".formatted(names.definition()))) {
            query.setLong(1, id);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    throw new WalwireException(
                            ErrorCode.PROTOCOL,
                            "The outbox " + names.outbox() + " has changes of the definition " + id
                                    + ", which is not in " + names.definition()
                                    + " any more: somebody removed it.");
                }
                return Definition.of(row.getLong(1), row.getString(2), row.getString(3), fields(row));
            }
        }
    }

    private static List<Field> fields(ResultSet row) throws SQLException {
        String[] columns = (String[]) array(row, 4);
        Long[] types = (Long[]) array(row, 5);
        Integer[] modifiers = (Integer[]) array(row, 6);
        String[] schemas = (String[]) array(row, 7);
        String[] typeNames = (String[]) array(row, 8);
        Integer[] places = (Integer[]) array(row, 9);
        List<Field> fields = new ArrayList<>();
        for (int i = 0; i < columns.length; i++) {
            fields.add(new Field(columns[i], types[i], modifiers[i], schemas[i], typeNames[i], places[i]));
        }
        return fields;
    }

    private static Object array(ResultSet row, int column) throws SQLException {
        Array array = row.getArray(column);
        return array.getArray();
    }
}
