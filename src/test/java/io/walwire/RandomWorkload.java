package io.walwire;

import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * What several sessions do at once, drawn from a seed: changes of tables with all replica identities, savepoints, prepared
 * transactions, schema changes, messages, and now and then so much that the server runs out of memory for it. No session
 * ever waits for another: each has rows of its own, and a table of its own for what takes a strong lock.
 */
final class RandomWorkload implements AutoCloseable {
    private static final int SESSIONS = 3;
    private static final int IDS_PER_SESSION = 1_000_000;
    private static final List<String> SHARED = List.of("plain", "whole", "by_index", "leaves");

    private final Random random;
    private final TestDatabase database;
    private final List<Session> sessions = new ArrayList<>();

    RandomWorkload(TestDatabase database, Random random) throws SQLException {
        this.database = database;
        this.random = random;
        for (int i = 0; i < SESSIONS; i++) {
            sessions.add(new Session(i));
        }
    }

    /** The tables and the publication; the server keeps little of a transaction in memory. */
    static void prepare(TestDatabase database) throws SQLException {
        database.sql(
                "CREATE TYPE mood AS ENUM ('sad', 'ok')",
                "CREATE TABLE plain (id int PRIMARY KEY, note text, small int, feels mood, tags text[])",
                "CREATE TABLE whole (id int PRIMARY KEY, note text, small int)",
                "ALTER TABLE whole REPLICA IDENTITY FULL",
                "CREATE TABLE by_index (id int NOT NULL, note text, small int)",
                "CREATE UNIQUE INDEX by_index_id ON by_index (id)",
                "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_id",
                "CREATE TABLE leaves (id int PRIMARY KEY, note text, small int) PARTITION BY HASH (id)",
                "CREATE TABLE leaf_0 PARTITION OF leaves FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
                "CREATE TABLE leaf_1 (small int, id int NOT NULL, note text)",
                "ALTER TABLE leaves ATTACH PARTITION leaf_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
                "CREATE TABLE log (id int, note text, small int)",
                "ALTER TABLE log REPLICA IDENTITY NOTHING",
                "CREATE TABLE mark (id int)",
                "CREATE PUBLICATION events FOR ALL TABLES WITH (publish_via_partition_root = true)",
                "ALTER DATABASE " + database.name() + " SET logical_decoding_work_mem = '64kB'");
        for (int i = 0; i < SESSIONS; i++) {
            database.sql("CREATE TABLE own_" + i + " (id int PRIMARY KEY, note text, small int)");
        }
    }

    /** So many steps, and then whatever it takes to leave nothing open. */
    void run(int steps) throws SQLException {
        for (int i = 0; i < steps; i++) {
            sessions.get(random.nextInt(SESSIONS)).step();
        }
        for (Session session : sessions) {
            session.settle();
        }
    }

    @Override
    public void close() throws SQLException {
        for (Session session : sessions) {
            session.connection.close();
        }
    }

    /** One connection, with at most one transaction, open or prepared. */
    private final class Session {
        private final int number;
        private final String own;
        private final String gid;
        private final Connection connection;
        private final ArrayDeque<String> savepoints = new ArrayDeque<>();
        private int lastId;
        private int columns;
        private boolean open;
        private boolean prepared;
        private boolean truncated;

        Session(int number) throws SQLException {
            this.number = number;
            this.own = "own_" + number;
            this.gid = database.unique("gid_" + number);
            this.connection = database.connect();
            this.lastId = number * IDS_PER_SESSION;
        }

        void step() throws SQLException {
            if (prepared) {
                resolve();
            } else if (!open) {
                execute("BEGIN");
                open = true;
                truncated = false;
                if (random.nextInt(3) == 0) {
                    // first of all: later it would hold for a whole part, and parts may end elsewhere
                    execute("SELECT pg_logical_emit_message(true, 'walwire.context', '{\"n\": " + lastId + "}')");
                }
            } else if (random.nextInt(12) == 0) {
                end();
            } else {
                change();
            }
        }

        private void change() throws SQLException {
            switch (random.nextInt(20)) {
                case 0, 1 -> savepoint();
                case 2, 3 -> release("ROLLBACK TO ");
                case 4 -> release("RELEASE ");
                case 5 -> fill();
                case 6 -> insert(anyTable(), 200);
                case 7 -> truncate();
                case 8 -> alter();
                case 9 -> message();
                case 10, 11 -> execute("UPDATE " + anyKeyedTable() + " SET small = " + random.nextInt(9) + where());
                case 12 -> execute("UPDATE " + anyKeyedTable() + " SET note = " + text() + where());
                case 13 -> execute("UPDATE " + anyKeyedTable() + " SET id = " + ++lastId + " WHERE id = " + someId());
                case 14 -> execute("DELETE FROM " + anyKeyedTable() + where());
                default -> insert(anyTable(), 1 + random.nextInt(4));
            }
        }

        private void savepoint() throws SQLException {
            String name = "s" + savepoints.size();
            execute("SAVEPOINT " + name);
            savepoints.push(name);
        }

        private void release(String how) throws SQLException {
            if (!savepoints.isEmpty()) {
                String name = savepoints.pop();
                execute(how + name);
                if (how.startsWith("ROLLBACK")) {
                    // else the next one of this name would hide it
                    execute("RELEASE " + name);
                }
            }
        }

        /** Enough for the server to send, if it streams, what the transaction has done so far. */
        private void fill() throws SQLException {
            execute("INSERT INTO log SELECT -1, repeat('x', 300), 0 FROM generate_series(1, 200)");
        }

        /**
         * Never rolled back: of what is, PostgreSQL itself may fail to stream it, with "could not map filenumber".
         */
        private void truncate() throws SQLException {
            if (savepoints.isEmpty()) {
                execute("TRUNCATE " + own);
                truncated = true;
            }
        }

        private void insert(String table, int rows) throws SQLException {
            execute("INSERT INTO " + table + " (id, note, small) SELECT g, " + text() + ", g % 7 FROM generate_series("
                    + (lastId + 1) + ", " + (lastId + rows) + ") g");
            lastId += rows;
            if (table.equals("plain")) {
                execute("UPDATE plain SET feels = 'ok', tags = ARRAY['a', NULL, '\"b\"'] WHERE id = " + lastId);
            }
        }

        private void alter() throws SQLException {
            switch (random.nextInt(4)) {
                case 0 -> execute("ALTER TABLE " + own + " ADD c" + columns++ + " text DEFAULT 'd'");
                case 1 -> execute("ALTER TABLE " + own + " DROP IF EXISTS c" + random.nextInt(columns + 1));
                case 2 -> execute("ALTER TABLE " + own + " REPLICA IDENTITY FULL");
                default -> execute("ALTER TABLE " + own + " REPLICA IDENTITY DEFAULT");
            }
        }

        /** Behind a change, without which a message does not show which savepoint it belongs to. */
        private void message() throws SQLException {
            insert("plain", 1);
            boolean transactional = random.nextInt(4) > 0;
            execute("SELECT pg_logical_emit_message(" + transactional + ", 'p', 'after " + lastId + "')");
        }

        private void end() throws SQLException {
            savepoints.clear();
            switch (truncated ? 1 + random.nextInt(6) : random.nextInt(7)) {
                case 0 -> execute("ROLLBACK");
                case 1, 2 -> {
                    execute("PREPARE TRANSACTION '" + gid + "'");
                    prepared = true;
                }
                default -> execute("COMMIT");
            }
            open = false;
        }

        private void resolve() throws SQLException {
            execute((!truncated && random.nextInt(4) == 0 ? "ROLLBACK" : "COMMIT") + " PREPARED '" + gid + "'");
            prepared = false;
        }

        void settle() throws SQLException {
            while (open || prepared) {
                if (prepared) {
                    resolve();
                } else {
                    end();
                }
            }
        }

        private String anyTable() {
            int at = random.nextInt(SHARED.size() + 2);
            return at == 0 ? "log" : at == 1 ? own : SHARED.get(at - 2);
        }

        private String anyKeyedTable() {
            String table = anyTable();
            return table.equals("log") ? own : table;
        }

        private int someId() {
            int first = number * IDS_PER_SESSION;
            return first + 1 + random.nextInt(Math.max(1, lastId - first));
        }

        private String where() {
            int from = someId();
            return " WHERE id BETWEEN " + from + " AND " + (from + random.nextInt(5));
        }

        /** Short, or long and of many different bytes, so that it is stored elsewhere and not sent when it is unchanged. */
        private String text() {
            byte[] bytes = new byte[random.nextInt(8) == 0 ? 4_000 : random.nextInt(20)];
            random.nextBytes(bytes);
            return "'" + HexFormat.of().formatHex(bytes) + "'";
        }

        private void execute(String... statements) throws SQLException {
            BothWays.execute(connection, statements);
        }
    }
}
