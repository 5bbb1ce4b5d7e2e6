package io.walwire.internal.connection.doctor;

import io.walwire.internal.text.SqlIdentifiers;
import java.sql.SQLException;

/** What the role may do. */
final class RoleCheck implements Check {
    private static final String ROLE = """
            SELECT r.rolname AS role, r.rolsuper AS super, r.rolreplication AS replication,
                   EXISTS (SELECT FROM pg_catalog.pg_roles m WHERE m.rolname = 'rds_replication'
                             AND pg_catalog.pg_has_role(r.oid, m.oid, 'MEMBER')) AS rds,
                   EXISTS (SELECT FROM pg_catalog.pg_roles m WHERE m.rolname = 'rds_replication') AS on_rds,
                   pg_catalog.pg_has_role(r.oid, 'pg_read_all_stats', 'USAGE') AS stats, r.rolconnlimit AS connections
            FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER""";

    /** The stream, the catalog, the watch for a shutdown, the snapshots and the measure of WAL; and what is asked at a start. */
    private static final int MAX_CONNECTIONS = 6;

    private final Subject subject;

    RoleCheck(Subject subject) {
        this.subject = subject;
    }

    @Override
    public void look(Questions ask, Findings found) throws SQLException {
        Questions.Answer role = ask.row(ROLE);
        String name = SqlIdentifiers.quote(role.text("role"));
        String where = "role " + role.text("role");
        if (role.flag("super")) {
            found.note(
                    where,
                    "It is a superuser. Streaming from " + subject.database().name()
                            + " needs LOGIN and REPLICATION alone: sql/least-privilege.sql makes such a role.",
                    null);
            return;
        }
        if (!role.flag("replication") && !role.flag("rds")) {
            found.error(
                    where,
                    "It may not stream: it lacks the attribute REPLICATION.",
                    role.flag("on_rds")
                            ? "GRANT rds_replication TO " + name + ";"
                            : "ALTER ROLE " + name + " REPLICATION;");
        }
        long connections = role.number("connections");
        if (connections >= 0 && connections < MAX_CONNECTIONS) {
            found.warning(
                    where,
                    "Its CONNECTION LIMIT is " + connections + ", and one instance may need " + MAX_CONNECTIONS
                            + " connections at once: what it has to ask the server for then waits or fails.",
                    "ALTER ROLE " + name + " CONNECTION LIMIT 20;");
        }
        if (!role.flag("stats")) {
            found.note(
                    where,
                    "It does not see other roles' sessions: of a process that holds its slot it knows the number, not the"
                            + " application. Nothing else needs it.",
                    "GRANT pg_read_all_stats TO " + name + ";");
        }
    }
}
