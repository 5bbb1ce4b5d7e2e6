package io.walwire;

import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.ds.PGSimpleDataSource;

/** Settings of a role or a database that would end, slow down or change what Walwire does if its sessions had them. */
final class HostileSettings {
    /** Longer than each of the time-outs, on the server's clock. */
    static final String LONGER = "SELECT pg_sleep(1.2)";

    private static final List<String> SETTINGS = List.of(
            "statement_timeout = '600ms'",
            "lock_timeout = '400ms'",
            "idle_session_timeout = '500ms'",
            "idle_in_transaction_session_timeout = '500ms'",
            "default_transaction_isolation = 'serializable'",
            "default_transaction_read_only = on",
            "default_transaction_deferrable = on",
            "search_path = hostile, public, pg_catalog",
            "\"DateStyle\" = 'German, DMY'",
            "\"IntervalStyle\" = 'sql_standard'",
            "bytea_output = 'escape'",
            "extra_float_digits = 0",
            "\"TimeZone\" = 'Asia/Kolkata'",
            "client_encoding = 'LATIN1'",
            "quote_all_identifiers = on",
            "xmloption = document",
            "xmlbinary = hex",
            "lc_monetary = 'C'",
            "row_security = off",
            "standard_conforming_strings = off",
            "escape_string_warning = off",
            "client_min_messages = debug1",
            "synchronous_commit = off",
            "default_text_search_config = 'pg_catalog.german'",
            "array_nulls = off",
            "exit_on_error = on");

    /** What the test's own superuser has instead, where the database has the settings above. */
    private static final List<String> SANE = List.of(
            "statement_timeout = 0",
            "lock_timeout = 0",
            "idle_session_timeout = 0",
            "idle_in_transaction_session_timeout = 0",
            "default_transaction_isolation = 'read committed'",
            "default_transaction_read_only = off",
            "search_path = public",
            "standard_conforming_strings = on",
            "quote_all_identifiers = off",
            "client_encoding = 'UTF8'",
            "xmloption = content",
            "exit_on_error = off");

    private final TestDatabase database;
    private final String role;

    private HostileSettings(TestDatabase database, String role) {
        this.database = database;
        this.role = role;
    }

    /** A role that may stream, and owns what it is given. */
    static HostileSettings role(TestDatabase database) throws SQLException {
        String role = database.role("LOGIN REPLICATION CONNECTION LIMIT 12 PASSWORD 'secret'");
        database.sql(
                "GRANT CREATE ON DATABASE " + database.name() + " TO " + role,
                // each would be found before the catalog's own, if it were looked for by name
                "CREATE SCHEMA hostile",
                "GRANT USAGE ON SCHEMA hostile TO PUBLIC",
                "CREATE TABLE hostile.pg_class (oid oid)",
                "CREATE FUNCTION hostile.same(name, text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT false'",
                "CREATE OPERATOR hostile.= (LEFTARG = name, RIGHTARG = text, FUNCTION = hostile.same)");
        return new HostileSettings(database, role);
    }

    String role() {
        return role;
    }

    void own(String... tables) throws SQLException {
        for (String table : tables) {
            database.sql("ALTER TABLE " + table + " OWNER TO " + role);
        }
    }

    /** From now on for every new session of the role. */
    void ofRole() throws SQLException {
        for (String setting : settings()) {
            database.sql("ALTER ROLE " + role + " SET " + setting);
        }
    }

    /** From now on for every new session in the database but the superuser's. */
    void ofDatabase() throws SQLException {
        List<String> statements = new ArrayList<>();
        SANE.forEach(setting -> statements.add(
                "ALTER ROLE " + database.user() + " IN DATABASE " + database.name() + " SET " + setting));
        if (database.server().version() >= 17) {
            statements.add("ALTER ROLE " + database.user() + " IN DATABASE " + database.name()
                    + " SET transaction_timeout = 0");
        }
        settings().forEach(setting -> statements.add("ALTER DATABASE " + database.name() + " SET " + setting));
        database.sql(statements.toArray(String[]::new));
    }

    private List<String> settings() {
        List<String> settings = new ArrayList<>(SETTINGS);
        if (database.server().version() >= 17) {
            settings.add("transaction_timeout = '500ms'");
        }
        return settings;
    }

    /** The role's own connections, with all of the settings. */
    PGSimpleDataSource source() {
        PGSimpleDataSource source = LetterBox.source(database);
        source.setUser(role);
        source.setPassword("secret");
        return source;
    }

    /** An instance that connects as the role. */
    WalwireBuilder instance() {
        return Walwire.builder()
                .url("postgresql://" + role + ":secret@" + database.server().host() + ":"
                        + database.server().port() + "/" + database.name());
    }
}
