package io.walwire.benchmarks;

import java.sql.SQLException;

/** What is written once, and then drained by every consumer from a slot that was created just before. */
enum Workload {
    W1("wide inserts, 100 a transaction", 1_000_000) {
        @Override
        void create(BenchmarkServer server) throws SQLException {
            server.run("CREATE TABLE w1 " + WIDE);
        }

        @Override
        void write(BenchmarkServer server, int events) throws SQLException {
            server.run(loop(events / 100, "INSERT INTO w1 " + rows("t * 100 + 1", "t * 100 + 100")));
        }
    },

    W2("updates of wide rows, REPLICA IDENTITY FULL, 10 a transaction", 500_000) {
        @Override
        void create(BenchmarkServer server) throws SQLException {
            server.run("CREATE TABLE w2 " + WIDE);
            server.run("ALTER TABLE w2 REPLICA IDENTITY FULL");
            server.run("INSERT INTO w2 " + rows("1", "100000"));
        }

        @Override
        void write(BenchmarkServer server, int events) throws SQLException {
            server.run(loop(
                    events / 10,
                    "UPDATE w2 SET amount = amount + 1, name = 'renamed ' || t, changed_at = clock_timestamp()"
                            + " WHERE id BETWEEN (t % 10000) * 10 + 1 AND (t % 10000) * 10 + 10"));
        }
    },

    W3("wide inserts in one transaction", 2_000_000) {
        @Override
        void create(BenchmarkServer server) throws SQLException {
            server.run("CREATE TABLE w3 " + WIDE);
        }

        @Override
        void write(BenchmarkServer server, int events) throws SQLException {
            server.run("INSERT INTO w3 " + rows("1", String.valueOf(events)));
        }
    },

    W4("pgbench's transaction: three updates and an insert", 600_000) {
        @Override
        void create(BenchmarkServer server) throws SQLException {
            server.run("CREATE TABLE w4_branches (bid int PRIMARY KEY, bbalance int, filler char(88))");
            server.run("CREATE TABLE w4_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84))");
            server.run("CREATE TABLE w4_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84))");
            server.run(
                    "CREATE TABLE w4_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22))");
            server.run("INSERT INTO w4_branches SELECT g, 0, '' FROM generate_series(1, 10) g");
            server.run("INSERT INTO w4_tellers SELECT g, (g - 1) / 10 + 1, 0, '' FROM generate_series(1, 100) g");
            server.run(
                    "INSERT INTO w4_accounts SELECT g, (g - 1) / 100000 + 1, 0, '' FROM generate_series(1, 1000000) g");
        }

        @Override
        void write(BenchmarkServer server, int events) throws SQLException {
            server.run(loop(
                    events / 4,
                    "UPDATE w4_accounts SET abalance = abalance + 7 WHERE aid = (t * 7919) % 1000000 + 1;"
                            + " UPDATE w4_tellers SET tbalance = tbalance + 7 WHERE tid = t % 100 + 1;"
                            + " UPDATE w4_branches SET bbalance = bbalance + 7 WHERE bid = t % 10 + 1;"
                            + " INSERT INTO w4_history VALUES (t % 100 + 1, t % 10 + 1, (t * 7919) % 1000000 + 1, 7,"
                            + " clock_timestamp())"));
        }
    },

    REPLAY("the bytes of W1, sent by a stand-in for the server as fast as they are taken", 1_000_000) {
        @Override
        void create(BenchmarkServer server) throws SQLException {
            server.run("CREATE TABLE replay " + WIDE);
        }

        @Override
        void write(BenchmarkServer server, int events) throws SQLException {
            server.run(loop(events / 100, "INSERT INTO replay " + rows("t * 100 + 1", "t * 100 + 100")));
        }

        @Override
        boolean isDrainedBy(Consumer consumer) {
            return consumer == Consumer.BARE
                    || consumer == Consumer.WALWIRE_NONE
                    || consumer == Consumer.WALWIRE_ALL
                    || consumer == Consumer.WALWIRE_JSON;
        }
    };

    private static final String WIDE = "(id bigint PRIMARY KEY, amount int, total bigint, name text, note text,"
            + " price numeric(12,2), changed_at timestamptz, active boolean, ratio double precision, token uuid)";

    private final String title;
    private final int events;

    Workload(String title, int events) {
        this.title = title;
        this.events = events;
    }

    String title() {
        return title;
    }

    /** How many row changes it makes. */
    int events(boolean quick) {
        return quick ? events / 10 : events;
    }

    /** The slot and the publication whose copies are drained. */
    String slot() {
        return "bench_" + name().toLowerCase(java.util.Locale.ROOT);
    }

    abstract void create(BenchmarkServer server) throws SQLException;

    abstract void write(BenchmarkServer server, int events) throws SQLException;

    /** Whether it makes sense for a consumer. */
    boolean isDrainedBy(Consumer consumer) {
        return true;
    }

    /** Commits after each turn; {@code t} counts from 0. The writer's commits are not what is measured. */
    private static String loop(int turns, String statements) {
        return "DO $$ BEGIN PERFORM set_config('synchronous_commit', 'off', false); FOR t IN 0.." + (turns - 1)
                + " LOOP " + statements + "; COMMIT; END LOOP; END $$";
    }

    private static String rows(String from, String to) {
        return "SELECT g, g % 1000, g * 10, 'name of row ' || g, 'a note that is somewhat longer, for row ' || g,"
                + " g / 7.0, clock_timestamp(), g % 2 = 0, g / 3.0::float8, md5(g::text)::uuid"
                + " FROM generate_series(" + from + ", " + to + ") g";
    }
}
