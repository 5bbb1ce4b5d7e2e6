package io.walwire.internal.letter;

import io.walwire.error.Advice;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.connection.catalog.TableAudit;
import io.walwire.internal.connection.server.ServerErrors;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Spliterators.AbstractSpliterator;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Letters in the table {@code walwire_dead_letter}, found by the search path, in PostgreSQL. */
final class TableLetters implements LetterStore {
    private static final String NAME = "walwire_dead_letter";
    private static final int IDS_AT_ONCE = 500;
    private static final String UNDEFINED_TABLE = "42P01";
    private static final String UNDEFINED_COLUMN = "42703";

    private static final String TOO_COMPLEX = "54001";
    private static final String DATA_EXCEPTION = "22";

    private static final String INSERT = """
            INSERT INTO %s (instance, handler, declaration, kind, table_name, commit_lsn, first_index, first_event, last_event,
              event_count, attempts, error_class, error_message, set_aside_at, payload, events)
            VALUES (?, ?, ?, ?, ?, CAST(? AS pg_catalog.pg_lsn), ?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS pg_catalog.json))
            ON CONFLICT (instance, handler, declaration, first_event, last_event) DO NOTHING""";

    /** A serializable transaction that is read-only and deferrable by default waits for others, the checkpoint's too. */
    private static final String PATIENTLY = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE;"
            + " SET LOCAL statement_timeout = '20s'; SET LOCAL jit = off";

    /** A letter that is kept is there after a crash, since its transaction is confirmed. */
    private static final String WRITING = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE;"
            + " SELECT pg_catalog.set_config('synchronous_commit', 'on', true)"
            + " WHERE pg_catalog.current_setting('synchronous_commit') OPERATOR(pg_catalog.=) 'off'";

    private static final String COLUMNS = "SELECT id, instance, handler, declaration, kind, table_name, commit_lsn,"
            + " first_index, event_count, attempts, error_class, error_message, set_aside_at, payload, events FROM ";

    /** On the search path by which the table is found, operators of other roles are found, too. */
    private static final String WITH_ID = " WHERE id OPERATOR(pg_catalog.=) ?";

    private final LetterConnections connections;
    private final String where;

    /** With its schema once it was found: what comes into the search path later is another table. */
    private volatile String table = NAME;

    TableLetters(LetterConnections connections, String where) {
        this.connections = connections;
        this.where = where;
    }

    @Override
    public void keep(List<NewLetter> letters) {
        try {
            inTransaction(connection -> {
                try (PreparedStatement insert = connection.prepareStatement(INSERT.formatted(table))) {
                    for (NewLetter letter : letters) {
                        keep(connection, insert, letter);
                    }
                }
                return letters.size();
            });
        } catch (SQLException e) {
            throw explained("kept in", e);
        }
    }

    private interface Work {
        int with(Connection connection) throws SQLException;
    }

    /** A connection to a table that nobody else has made, or can make use of. */
    private Connection open() throws SQLException {
        Connection connection = connections.open();
        try {
            TableAudit audit = audited(connection);
            if (audit.problem() != null) {
                throw Letters.failure("Dead letters cannot be kept on " + where + ": " + audit.problem(), null);
            }
            table = audit.table();
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /** In a transaction of its own: a role's time-out may be meant for queries that take less than this one. */
    private TableAudit audited(Connection connection) throws SQLException {
        boolean wasAutoCommit = connection.getAutoCommit();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(PATIENTLY);
            // a table that somebody makes after the look must not be used
            return TableAudit.of(connection, table)
                    .orElseThrow(() -> new SQLException("There is no such table", UNDEFINED_TABLE));
        } finally {
            connection.rollback();
            connection.setAutoCommit(wasAutoCommit);
        }
    }

    /** Runs in a transaction, whatever the defaults of the role and the database are. Restores the connection for its next user. */
    private int inTransaction(Work work) throws SQLException {
        try (Connection connection = open()) {
            boolean wasAutoCommit = connection.getAutoCommit();
            connection.setAutoCommit(false);
            int done;
            try {
                try (Statement statement = connection.createStatement()) {
                    statement.execute(WRITING);
                }
                done = work.with(connection);
                connection.commit();
            } catch (SQLException | RuntimeException e) {
                rollBack(connection, wasAutoCommit, e);
                throw e;
            }
            connection.setAutoCommit(wasAutoCommit);
            return done;
        }
    }

    private static void keep(Connection connection, PreparedStatement insert, NewLetter letter) throws SQLException {
        Savepoint before = connection.setSavepoint();
        try {
            insert(insert, letter, letter.eventsJson());
        } catch (SQLException e) {
            if (!isUnreadableJson(e)) {
                throw e;
            }
            // a row may hold JSON as deep as the server can read, and in the letter it is some levels deeper
            connection.rollback(before);
            insert(insert, letter, letter.eventsAsTexts());
        }
        connection.releaseSavepoint(before);
    }

    private static boolean isUnreadableJson(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.equals(TOO_COMPLEX) || state.startsWith(DATA_EXCEPTION);
    }

    private static void rollBack(Connection connection, boolean wasAutoCommit, Exception failure) {
        try {
            connection.rollback();
            connection.setAutoCommit(wasAutoCommit);
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    private static void insert(PreparedStatement insert, NewLetter letter, String events) throws SQLException {
        int i = 1;
        insert.setString(i++, letter.instance());
        insert.setString(i++, letter.handler());
        insert.setString(i++, letter.declaration());
        insert.setString(i++, letter.kind());
        insert.setString(i++, letter.table());
        Lsn commit = letter.commitLsn();
        insert.setString(i++, commit == null ? null : commit.toString());
        Long index = letter.firstIndex();
        if (index == null) {
            insert.setNull(i++, Types.BIGINT);
        } else {
            insert.setLong(i++, index);
        }
        insert.setString(i++, letter.first());
        insert.setString(i++, letter.last());
        insert.setInt(i++, letter.eventCount());
        insert.setInt(i++, letter.attempts());
        insert.setString(i++, letter.errorClass());
        String message = letter.errorMessage();
        insert.setString(i++, message == null ? null : storable(message));
        insert.setTimestamp(i++, Timestamp.from(letter.setAsideAt()));
        insert.setBytes(i++, letter.payload());
        insert.setString(i, events);
        insert.executeUpdate();
    }

    /** PostgreSQL holds no zero character, and UTF-8 no half of a surrogate pair. */
    private static String storable(String message) {
        String encodable = new String(message.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        return encodable.replace('\0', '\uFFFD');
    }

    @Override
    public Stream<Stored> stream() {
        try {
            Reading reading = new Reading(open());
            return StreamSupport.stream(reading, false).onClose(() -> close(reading.connection));
        } catch (SQLException e) {
            throw explained("read from", e);
        }
    }

    private void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            throw explained("read from", e);
        }
    }

    /** Letter by letter: no more than one is in memory, however many there are. */
    private final class Reading extends AbstractSpliterator<Stored> {
        private final Deque<Long> ids = new ArrayDeque<>();
        private Connection connection;
        private long last = Long.MIN_VALUE;

        Reading(Connection connection) {
            super(Long.MAX_VALUE, ORDERED | NONNULL);
            this.connection = connection;
        }

        @Override
        public boolean tryAdvance(Consumer<? super Stored> action) {
            Stored letter = next();
            if (letter != null) {
                action.accept(letter);
            }
            return letter != null;
        }

        private @Nullable Stored next() {
            try {
                try {
                    return find();
                } catch (SQLException e) {
                    if (!ServerErrors.heals(e)) {
                        throw e;
                    }
                    // the server may have ended a session that rested while the letter before was at work
                    connection.close();
                    connection = open();
                    return find();
                }
            } catch (SQLException e) {
                throw explained("read from", e);
            }
        }

        private @Nullable Stored find() throws SQLException {
            Stored letter = null;
            while (letter == null && (!ids.isEmpty() || moreIds())) {
                letter = read(ids.getFirst());
                ids.removeFirst();
            }
            return letter;
        }

        private boolean moreIds() throws SQLException {
            try (PreparedStatement select = connection.prepareStatement("SELECT id FROM " + table
                    + " WHERE id OPERATOR(pg_catalog.>) ? ORDER BY id LIMIT " + IDS_AT_ONCE)) {
                select.setLong(1, last);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        last = rows.getLong(1);
                        ids.add(last);
                    }
                }
            }
            return !ids.isEmpty();
        }

        private @Nullable Stored read(long id) throws SQLException {
            try (PreparedStatement select = connection.prepareStatement(COLUMNS + table + WITH_ID)) {
                select.setLong(1, id);
                try (ResultSet row = select.executeQuery()) {
                    // somebody may have removed it meanwhile
                    return row.next() ? stored(row) : null;
                }
            }
        }
    }

    private static Stored stored(ResultSet row) throws SQLException {
        String commit = row.getString("commit_lsn");
        long index = row.getLong("first_index");
        Long firstIndex = row.wasNull() ? null : index;
        byte[] payload = row.getBytes("payload");
        return new Stored(
                new LetterFields(
                        Long.toString(row.getLong("id")),
                        row.getString("instance"),
                        row.getString("handler"),
                        row.getString("declaration"),
                        row.getString("kind"),
                        row.getString("table_name"),
                        commit == null ? null : Lsn.parse(commit),
                        firstIndex,
                        row.getInt("event_count"),
                        row.getInt("attempts"),
                        row.getString("error_class"),
                        row.getString("error_message"),
                        row.getTimestamp("set_aside_at").toInstant(),
                        row.getString("events")),
                () -> payload);
    }

    @Override
    public int remove(Collection<String> ids) {
        try {
            return inTransaction(connection -> {
                int removed = 0;
                try (PreparedStatement delete = connection.prepareStatement("DELETE FROM " + table + WITH_ID)) {
                    for (String id : ids) {
                        if (id.matches("[0-9]{1,18}")) {
                            delete.setLong(1, Long.parseLong(id));
                            removed += delete.executeUpdate();
                        }
                    }
                }
                return removed;
            });
        } catch (SQLException e) {
            throw explained("removed from", e);
        }
    }

    @Override
    public void compact() {
        // the server's vacuum does that
    }

    @Override
    public void check() {
        try (Connection connection = open();
                PreparedStatement select = connection.prepareStatement(COLUMNS + table + WITH_ID)) {
            select.setLong(1, 0);
            select.executeQuery().close();
        } catch (SQLException e) {
            if (!ServerErrors.heals(e)) {
                throw explained("read from", e);
            }
        }
    }

    private WalwireException explained(String what, SQLException e) {
        String state = String.valueOf(e.getSQLState());
        Advice advice =
                switch (state) {
                    case UNDEFINED_TABLE, UNDEFINED_COLUMN -> Advice.of("Create it: psql -f sql/dead-letters.sql");
                    case "42501" -> new Advice("Run:", "GRANT SELECT, INSERT, DELETE ON " + table + " TO <the role>;");
                    default -> null;
                };
        return new WalwireException(
                ErrorCode.DEAD_LETTER,
                null,
                "Dead letters cannot be " + what + " the table walwire_dead_letter on " + where + ": "
                        + ServerErrors.said(e),
                advice,
                e);
    }
}
