package io.walwire.benchmarks;

import java.sql.SQLException;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What is written to the log, by procedures in the server. */
enum Bytes {
    WIDE_INSERTS(1_000_000) {
        @Override
        void create(BenchmarkServer server) throws SQLException {
            server.run("CREATE TABLE wide_inserts " + WIDE);
        }

        @Override
        void write(BenchmarkServer server, int events) throws SQLException {
            server.run(loop(events / 100, "INSERT INTO wide_inserts " + rows("t * 100 + 1", "t * 100 + 100")));
        }
    },

    WIDE_UPDATES(500_000) {
        @Override
        void create(BenchmarkServer server) throws SQLException {
            server.run("CREATE TABLE wide_updates " + WIDE);
            server.run("ALTER TABLE wide_updates REPLICA IDENTITY FULL");
            server.run("INSERT INTO wide_updates " + rows("1", "100000"));
        }

        @Override
        void write(BenchmarkServer server, int events) throws SQLException {
            server.run(loop(
                    events / 10,
                    "UPDATE wide_updates SET amount = amount + 1, name = 'renamed ' || t, changed_at = clock_timestamp()"
                            + " WHERE id BETWEEN (t % 10000) * 10 + 1 AND (t % 10000) * 10 + 10"));
        }
    },

    ONE_TRANSACTION(1_000_000) {
        @Override
        void create(BenchmarkServer server) throws SQLException {
            server.run("CREATE TABLE one_transaction " + WIDE);
        }

        @Override
        void writeBefore(BenchmarkServer server, int events) throws SQLException {
            server.run(loop(events / 100, "INSERT INTO one_transaction " + rows("t * 100 + 1", "t * 100 + 100")));
        }

        @Override
        void write(BenchmarkServer server, int events) throws SQLException {
            server.run("INSERT INTO one_transaction " + rows(String.valueOf(events + 1), String.valueOf(2 * events)));
        }
    },

    PGBENCH(600_000) {
        @Override
        void create(BenchmarkServer server) throws SQLException {
            server.run("CREATE TABLE branches (bid int PRIMARY KEY, bbalance int, filler char(88))");
            server.run("CREATE TABLE tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84))");
            server.run("CREATE TABLE accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84))");
            server.run("CREATE TABLE history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22))");
            server.run("INSERT INTO branches SELECT g, 0, '' FROM generate_series(1, 10) g");
            server.run("INSERT INTO tellers SELECT g, (g - 1) / 10 + 1, 0, '' FROM generate_series(1, 100) g");
            server.run("INSERT INTO accounts SELECT g, (g - 1) / 100000 + 1, 0, '' FROM generate_series(1, 1000000) g");
        }

        @Override
        void write(BenchmarkServer server, int events) throws SQLException {
            server.run(loop(
                    events / 4,
                    "UPDATE accounts SET abalance = abalance + 7 WHERE aid = (t * 7919) % 1000000 + 1;"
                            + " UPDATE tellers SET tbalance = tbalance + 7 WHERE tid = t % 100 + 1;"
                            + " UPDATE branches SET bbalance = bbalance + 7 WHERE bid = t % 10 + 1;"
                            + " INSERT INTO history VALUES (t % 100 + 1, t % 10 + 1, (t * 7919) % 1000000 + 1, 7,"
                            + " clock_timestamp())"));
        }
    },

    /** Each table has a row in turn, ten to a transaction. */
    TABLE(2_000_000, 1, 10),
    TABLES_1000(1_000_000, 1_000, 10),

    /** Each transaction writes to every table. */
    TABLES_3000(300_000, 3_000, 3_000),

    PARTITIONS_ROOT(200_000, 2_000, 2_000) {
        @Override
        void create(BenchmarkServer server) throws SQLException {
            createPartitions(server);
        }

        @Override
        void write(BenchmarkServer server, int events) throws SQLException {
            insertIntoAllPartitions(server, events);
        }

        @Override
        String publicationOptions() {
            return " WITH (publish_via_partition_root = true)";
        }
    },

    PARTITIONS_LEAVES(200_000, 2_000, 2_000) {
        @Override
        void create(BenchmarkServer server) throws SQLException {
            createPartitions(server);
        }

        @Override
        void write(BenchmarkServer server, int events) throws SQLException {
            insertIntoAllPartitions(server, events);
        }
    },

    COLUMNS_2(2_000_000) {
        @Override
        void create(BenchmarkServer server) throws SQLException {
            server.run("CREATE TABLE columns_2 (first int, last int)");
        }

        @Override
        void write(BenchmarkServer server, int events) throws SQLException {
            server.run(loop(
                    events / 100, "INSERT INTO columns_2 (first, last) SELECT g, g FROM generate_series(1, 100) g"));
        }
    },

    COLUMNS_1600(300_000) {
        @Override
        void create(BenchmarkServer server) throws SQLException {
            String between =
                    IntStream.range(1, 1_599).mapToObj(i -> "c" + i + " int").collect(Collectors.joining(", "));
            server.run("CREATE TABLE columns_1600 (first int, " + between + ", last int)");
        }

        @Override
        void write(BenchmarkServer server, int events) throws SQLException {
            server.run(loop(
                    events / 100, "INSERT INTO columns_1600 (first, last) SELECT g, g FROM generate_series(1, 100) g"));
        }
    },

    /** The last, since its tables serve START, too. */
    TABLES_10000(1_000_000, 10_000, 10);

    static final String WIDE = "(id bigint PRIMARY KEY, amount int, total bigint, name text, note text,"
            + " price numeric(12,2), changed_at timestamptz, active boolean, ratio double precision, token uuid)";

    private final int events;
    private final int tables;
    private final int eventsPerTransaction;

    /** What has tables and transactions of its own. */
    Bytes(int events) {
        this(events, 1, 1);
    }

    /** Unless it says otherwise, rows of many tables in turn. */
    Bytes(int events, int tables, int eventsPerTransaction) {
        this.events = events;
        this.tables = tables;
        this.eventsPerTransaction = eventsPerTransaction;
    }

    /** How many row changes it makes. */
    int events(boolean quick) {
        return quick ? events / 10 : events;
    }

    /** The slot and the publication whose copies are drained. */
    String slot() {
        return "bench_" + name().toLowerCase(Locale.ROOT);
    }

    /** How many tables or partitions it has, as far as that is many. */
    int tables() {
        return tables;
    }

    /** What the names of many tables begin with; a number follows. */
    String prefix() {
        return name().toLowerCase(Locale.ROOT) + "_";
    }

    String publicationOptions() {
        return "";
    }

    void create(BenchmarkServer server) throws SQLException {
        createEach(server, "CREATE TABLE %I (id bigint PRIMARY KEY, amount int, name text)");
    }

    /** Writes what consumers warm up with, where that cannot be the beginning of what is measured. */
    void writeBefore(BenchmarkServer server, int events) throws SQLException {}

    void write(BenchmarkServer server, int events) throws SQLException {
        server.run(loop(
                events / eventsPerTransaction,
                "FOR i IN t * " + eventsPerTransaction + " .. t * " + eventsPerTransaction + " + "
                        + (eventsPerTransaction - 1)
                        + " LOOP EXECUTE format('INSERT INTO %I VALUES ($1, 7, $2)', '" + prefix() + "' || i % "
                        + tables + ") USING i, 'name of row ' || i; END LOOP"));
    }

    /** Commits after each turn; {@code t} counts from 0. The writer's commits are not what is measured. */
    static String loop(int turns, String statements) {
        return "DO $$ BEGIN PERFORM set_config('synchronous_commit', 'off', false); FOR t IN 0.." + (turns - 1)
                + " LOOP " + statements + "; COMMIT; END LOOP; END $$";
    }

    static String rows(String from, String to) {
        return "SELECT g, g % 1000, g * 10, 'name of row ' || g, 'a note that is somewhat longer, for row ' || g,"
                + " g / 7.0, clock_timestamp(), g % 2 = 0, g / 3.0::float8, md5(g::text)::uuid"
                + " FROM generate_series(" + from + ", " + to + ") g";
    }

    /** A commit for each hundred, since every one takes locks until then. */
    private void createEach(BenchmarkServer server, String format) throws SQLException {
        server.run("DO $$ BEGIN FOR i IN 0.." + (tables - 1) + " LOOP EXECUTE format('" + format + "', '" + prefix()
                + "' || i, i); IF i % 100 = 99 THEN COMMIT; END IF; END LOOP; END $$");
        server.tidyCatalog();
    }

    void createPartitions(BenchmarkServer server) throws SQLException {
        server.run("CREATE TABLE " + root()
                + " (id bigint, part int, name text, PRIMARY KEY (id, part)) PARTITION BY LIST (part)");
        createEach(server, "CREATE TABLE %I PARTITION OF " + root() + " FOR VALUES IN (%s)");
    }

    void insertIntoAllPartitions(BenchmarkServer server, int events) throws SQLException {
        server.run(loop(
                events / tables,
                "INSERT INTO " + root() + " SELECT t, g, 'name of row ' || g FROM generate_series(0, " + (tables - 1)
                        + ") g"));
    }

    private String root() {
        return name().toLowerCase(Locale.ROOT);
    }
}
