package io.walwire.internal.connection.doctor;

import java.sql.SQLException;

/** The server's settings, its encoding, and whether it is a standby. */
final class ServerCheck implements Check {
    private static final int OLDEST = 14;
    private static final int DECODES_ON_STANDBY = 16;
    private static final long SHORT_TIMEOUT_MILLIS = 5_000;
    private static final long LONG_TIMEOUT_MILLIS = 5 * 60_000;
    private static final long SMALL_KEEP_SIZE_MB = 1024;
    private static final String RELOAD = " SELECT pg_catalog.pg_reload_conf();";

    private final Subject subject;
    private final String where;

    ServerCheck(Subject subject) {
        this.subject = subject;
        this.where = "server of " + subject.database().display();
    }

    @Override
    public void look(Questions ask, Findings found) throws SQLException {
        if (ask.version() < OLDEST) {
            found.error(where, "It is PostgreSQL " + ask.version() + "; Walwire needs 14 or later.", null);
        }
        String level = ask.setting("wal_level");
        if (!level.equals("logical")) {
            found.error(
                    where,
                    "wal_level is " + level
                            + "; logical replication needs logical. It takes a restart of PostgreSQL (on RDS:"
                            + " rds.logical_replication = 1 in the parameter group).",
                    "ALTER SYSTEM SET wal_level = 'logical';");
        }
        timeout(ask.numericSetting("wal_sender_timeout"), found);
        if (subject.config().slot().durable()) {
            keepSize(ask.numericSetting("max_slot_wal_keep_size"), found);
            idleTimeout(ask, found);
        }
        encoding(ask, found);
        standby(ask, found);
    }

    private void timeout(long millis, Findings found) {
        String sql = "ALTER SYSTEM SET wal_sender_timeout = '60s';" + RELOAD;
        if (millis == 0) {
            found.warning(
                    where,
                    "wal_sender_timeout is 0: the server never gives up a client that is gone, so its slot stays in use"
                            + " and nobody can take over.",
                    sql);
        } else if (millis < SHORT_TIMEOUT_MILLIS) {
            found.warning(
                    where,
                    "wal_sender_timeout is " + millis
                            + " ms: a pause of the network or of the JVM ends the connection.",
                    sql);
        } else if (millis > LONG_TIMEOUT_MILLIS) {
            found.warning(
                    where,
                    "wal_sender_timeout is " + millis / 60_000
                            + " minutes: for so long the slot of a client that is gone stays in use.",
                    sql);
        }
    }

    private void keepSize(long megabytes, Findings found) {
        if (megabytes < 0) {
            found.warning(
                    where,
                    "max_slot_wal_keep_size is unlimited: while nobody reads the slot, its WAL grows until the disk is full"
                            + " and the server stops. Set what the disk can spare, watch the slot, or accept the risk.",
                    "ALTER SYSTEM SET max_slot_wal_keep_size = '<size, such as 50GB>';" + RELOAD);
        } else if (megabytes < SMALL_KEEP_SIZE_MB) {
            found.warning(
                    where,
                    "max_slot_wal_keep_size is " + megabytes
                            + " MB: a reader that is away while more is written loses its slot, and the changes in it.",
                    "ALTER SYSTEM SET max_slot_wal_keep_size = '<size, such as 50GB>';" + RELOAD);
        }
    }

    private void idleTimeout(Questions ask, Findings found) throws SQLException {
        if (ask.numericSetting("idle_replication_slot_timeout") > 0) {
            found.warning(
                    where,
                    "idle_replication_slot_timeout is set: PostgreSQL invalidates a slot that nobody reads for longer, even if"
                            + " the disk has room, and the changes that it holds are lost. Set 0, or accept this loss.",
                    "ALTER SYSTEM SET idle_replication_slot_timeout = 0;" + RELOAD);
        }
    }

    private void encoding(Questions ask, Findings found) throws SQLException {
        String encoding = ask.row(
                        "SELECT pg_catalog.pg_encoding_to_char(d.encoding) AS encoding FROM pg_catalog.pg_database d"
                                + " WHERE d.datname = pg_catalog.current_database()")
                .text("encoding");
        if (encoding.equals("SQL_ASCII")) {
            found.warning(
                    "database " + subject.database().name(),
                    "Its encoding is SQL_ASCII: PostgreSQL cannot send a text that is not valid UTF-8, and the stream stops"
                            + " at it for good (SQLSTATE 22021). Dump and restore into a database in UTF8.",
                    null);
        }
    }

    private void standby(Questions ask, Findings found) throws SQLException {
        if (!ask.row("SELECT pg_catalog.pg_is_in_recovery() AS standby").flag("standby")) {
            return;
        }
        if (ask.version() < DECODES_ON_STANDBY) {
            found.error(where, "It is a standby, from which PostgreSQL 16 and later alone can stream.", null);
            return;
        }
        found.note(
                where,
                "It is a standby. A new slot waits for the primary's next running transactions, which the primary writes"
                        + " at once when this is run there.",
                "SELECT pg_catalog.pg_log_standby_snapshot();");
        if (!ask.setting("hot_standby_feedback").equals("on")) {
            found.warning(
                    where,
                    "It is a standby with hot_standby_feedback off: the primary removes rows of the catalog that the slot"
                            + " still needs, which invalidates it.",
                    "ALTER SYSTEM SET hot_standby_feedback = on;" + RELOAD);
        }
    }
}
