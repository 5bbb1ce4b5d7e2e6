package io.walwire.reliability;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What changes of the tables, their partitions and publications while others write. Each begins with what the server says, for
 * it may have stopped in the middle of the one before.
 */
final class Migrations {
    private static final int MAX_PAUSE_MILLIS = 300;
    private static final int KEYS = 20;

    /** The first version whose stream takes notice of a partition that is attached. */
    private static final int ATTACHED_IS_SEEN = 15;

    private final Random random;
    private final Mode mode;
    private final CountDownLatch ended;

    /**
     * Migrations.
     *
     * @param random decides
     * @param mode how the history is read
     * @param ended set when the history ends
     */
    Migrations(Random random, Mode mode, CountDownLatch ended) {
        this.random = random;
        this.mode = mode;
        this.ended = ended;
    }

    /** One after the other, until the history ends or the server is away. */
    void keepMigrating(Connection connection) throws SQLException, InterruptedException {
        List<Trick> tricks = new ArrayList<>(List.of(
                Trick.COLUMN_RENAMED,
                Trick.KEY_WIDENED,
                Trick.TYPE_AND_TABLE,
                Trick.PARTITION_DETACHED,
                Trick.PUBLICATION_ALTERED));
        tricks.removeIf(trick -> !trick.isPlayed());
        if (mode == Mode.LANES) {
            tricks.remove(
                    Trick.KEY_WIDENED); // then what was one key is several, whose order is nothing that is promised
        }
        if (connection.getMetaData().getDatabaseMajorVersion() < ATTACHED_IS_SEEN) {
            // a stream sends rows of an attached partition, or not, depending on when it began
            tricks.remove(Trick.PARTITION_DETACHED);
        }
        while (!pause() && !tricks.isEmpty()) {
            try {
                migrate(connection, tricks.get(random.nextInt(tricks.size())));
            } catch (SQLException e) {
                if (!connection.isValid(1)) {
                    throw e;
                }
                rollBack(connection);
                // somebody had a lock for too long; another time
            }
        }
    }

    private static void rollBack(Connection connection) throws SQLException {
        try (Statement sql = connection.createStatement()) {
            sql.execute("ROLLBACK");
        }
    }

    private boolean pause() throws InterruptedException {
        return ended.await(random.nextInt(MAX_PAUSE_MILLIS), TimeUnit.MILLISECONDS);
    }

    private void migrate(Connection connection, Trick trick) throws SQLException, InterruptedException {
        try (Statement sql = connection.createStatement()) {
            sql.execute("SET lock_timeout = '1s'");
            switch (trick) {
                case COLUMN_RENAMED -> rename(sql);
                case KEY_WIDENED -> widen(sql);
                case TYPE_AND_TABLE -> typeAndTable(sql);
                case PARTITION_DETACHED -> detach(sql);
                default -> alterPublication(sql);
            }
        }
    }

    private void rename(Statement sql) throws SQLException, InterruptedException {
        if (holds(sql, Question.RENAMED)) {
            sql.execute("ALTER TABLE document RENAME note TO body");
        } else {
            sql.execute("ALTER TABLE document RENAME body TO note");
            pause();
            sql.execute("ALTER TABLE document RENAME note TO body");
        }
    }

    private void widen(Statement sql) throws SQLException {
        boolean wide = holds(sql, Question.WIDE);
        int key = random.nextInt(KEYS);
        sql.execute("INSERT INTO wide SELECT " + key + ", 1, 'w' WHERE NOT EXISTS (SELECT 1 FROM wide WHERE id = " + key
                + ")");
        sql.execute("ALTER TABLE wide DROP CONSTRAINT wide_pkey, ADD PRIMARY KEY (id" + (wide ? ")" : ", version)"));
        sql.execute("UPDATE wide SET version = version + 1, body = body || 'w' WHERE id = " + key);
        sql.execute("DELETE FROM wide WHERE id = " + random.nextInt(KEYS));
    }

    /** What the catalog says of them is seen when the transaction is over, and not at once. */
    private void typeAndTable(Statement sql) throws SQLException, InterruptedException {
        String name = "t" + random.nextLong(Long.MAX_VALUE);
        sql.execute("BEGIN; CREATE TYPE mood_" + name + " AS ENUM ('fine', 'bad');"
                + " CREATE TABLE fresh_" + name + " (id int PRIMARY KEY, version int NOT NULL, body text, mood mood_"
                + name + "[]);"
                + " ALTER TABLE fresh_" + name + " REPLICA IDENTITY FULL;"
                + " ALTER PUBLICATION events ADD TABLE fresh_" + name + ";"
                + " INSERT INTO fresh_" + name + " VALUES (1, 1, 'x', '{fine}'), (2, 1, 'y', '{bad,fine}'); COMMIT");
        sql.execute("UPDATE fresh_" + name + " SET version = version + 1, mood = '{}'");
        sql.execute("DELETE FROM fresh_" + name + " WHERE id = 1");
        if (random.nextInt(4) != 0) {
            pause();
            sql.execute("DROP TABLE fresh_" + name + "; DROP TYPE mood_" + name);
        }
    }

    private void detach(Statement sql) throws SQLException, InterruptedException {
        if (!holds(sql, Question.DETACHED)) {
            sql.execute("ALTER TABLE shelf DETACH PARTITION shelf_1");
            sql.execute(
                    "INSERT INTO shelf_1 VALUES (" + (30 + random.nextInt(30)) + ", 1, 'd') ON CONFLICT DO NOTHING");
            pause();
        }
        sql.execute("ALTER TABLE shelf ATTACH PARTITION shelf_1 FOR VALUES FROM (30) TO (MAXVALUE)");
    }

    private void alterPublication(Statement sql) throws SQLException, InterruptedException {
        if (random.nextBoolean()) {
            alter(
                    sql,
                    "partial",
                    "ALTER PUBLICATION optional SET (publish = 'insert" + (random.nextBoolean() ? ", update" : "")
                            + (random.nextBoolean() ? ", delete" : "") + "')");
        } else if (holds(sql, Question.DROPPED)) {
            alter(sql, "shifting", "ALTER PUBLICATION events ADD TABLE shifting");
        } else {
            alter(sql, "shifting", "ALTER PUBLICATION events DROP TABLE shifting");
            pause();
            alter(sql, "shifting", "ALTER PUBLICATION events ADD TABLE shifting");
        }
    }

    /**
     * While no transaction that wrote to the table is open. Of one that is, a stream has the changes before the statement or
     * not, depending on what it decoded before, so that two readings of the log may differ.
     */
    private static void alter(Statement sql, String table, String statement) throws SQLException {
        sql.execute("BEGIN; LOCK TABLE " + table + " IN SHARE ROW EXCLUSIVE MODE; " + statement + "; COMMIT");
    }

    /** As at the beginning, wherever the end of the history, or a stop of the server, came between. */
    static void settle(Connection connection) throws SQLException {
        try (Statement sql = connection.createStatement()) {
            if (holds(sql, Question.RENAMED)) {
                sql.execute("ALTER TABLE document RENAME note TO body");
            }
        }
    }

    /** What the catalog is asked. */
    private enum Question {
        RENAMED("SELECT 1 FROM pg_attribute WHERE attrelid = 'document'::regclass AND attname = 'note'"),
        WIDE("SELECT 1 FROM pg_index WHERE indrelid = 'wide'::regclass AND indisprimary AND indnatts = 2"),
        DETACHED("SELECT 1 FROM pg_class WHERE oid = 'shelf_1'::regclass AND NOT relispartition"),
        DROPPED("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM pg_publication_tables WHERE tablename = 'shifting')");

        private final String sql;

        Question(String sql) {
            this.sql = sql;
        }
    }

    private static boolean holds(Statement sql, Question question) throws SQLException {
        try (var rows = sql.executeQuery(question.sql)) {
            return rows.next();
        }
    }
}
