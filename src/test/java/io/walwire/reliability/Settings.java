package io.walwire.reliability;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What an administrator sets for a role, or for a database: every session of the instance that begins later has it. */
final class Settings {
    /** The role that the instances connect as. */
    static final String ROLE = "reader";

    private static final int TRANSACTION_TIMEOUT = 17;
    private static final List<String> TIMEOUTS = List.of(
            "statement_timeout = '50ms'",
            "lock_timeout = '20ms'",
            "idle_in_transaction_session_timeout = '100ms'",
            "idle_session_timeout = '100ms'");
    private static final List<String> FORMATS = List.of(
            "DateStyle = 'SQL, DMY'",
            "bytea_output = 'escape'",
            "IntervalStyle = 'sql_standard'",
            "extra_float_digits = -5",
            "TimeZone = 'Asia/Kathmandu'",
            "quote_all_identifiers = on",
            "standard_conforming_strings = off",
            "backslash_quote = on",
            "search_path = ''",
            "default_transaction_read_only = on",
            "default_transaction_isolation = 'serializable'",
            "lc_monetary = 'C'",
            "enable_indexscan = off",
            "work_mem = '64kB'");

    /** Those that may hold for everybody in the database: nobody else minds. */
    private static final List<String> FOR_ALL =
            List.of("DateStyle = 'German'", "bytea_output = 'escape'", "IntervalStyle = 'iso_8601'");

    private Settings() {}

    /** Statements that make the role; as a superuser it needs no grants. */
    static String role(String password) {
        return "CREATE ROLE " + ROLE + " SUPERUSER REPLICATION LOGIN PASSWORD '" + password + "'";
    }

    /** Sets one to three of them. */
    static void change(Connection connection, Random random) throws SQLException {
        String database = connection.getCatalog();
        int version = connection.getMetaData().getDatabaseMajorVersion();
        List<String> all = new ArrayList<>();
        if (Trick.ROLE_TIMEOUTS.isPlayed()) {
            all.addAll(TIMEOUTS);
            if (version >= TRANSACTION_TIMEOUT) {
                all.add("transaction_timeout = '200ms'");
            }
        }
        if (Trick.ROLE_FORMATS.isPlayed()) {
            all.addAll(FORMATS);
        }
        reset(connection);
        try (Statement statement = connection.createStatement()) {
            for (int count = all.isEmpty() ? 0 : 1 + random.nextInt(3); count > 0; count--) {
                String of = random.nextBoolean() ? "" : " IN DATABASE " + database;
                statement.execute("ALTER ROLE " + ROLE + of + " SET " + all.get(random.nextInt(all.size())));
            }
            if (Trick.ROLE_FORMATS.isPlayed() && random.nextBoolean()) {
                statement.execute("ALTER DATABASE " + database + " SET " + FOR_ALL.get(random.nextInt(FOR_ALL.size())));
            }
        }
    }

    /** As at the beginning. */
    static void reset(Connection connection) throws SQLException {
        String database = connection.getCatalog();
        try (Statement statement = connection.createStatement()) {
            statement.execute("ALTER ROLE " + ROLE + " RESET ALL");
            statement.execute("ALTER ROLE " + ROLE + " IN DATABASE " + database + " RESET ALL");
            statement.execute("ALTER DATABASE " + database + " RESET ALL");
        }
    }
}
