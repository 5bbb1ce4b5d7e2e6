package io.walwire.internal.triggers;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.error.WalwireException;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.catalog.Inheritance;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.text.SqlLiterals;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.triggers.TableTriggers.Condition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Examines what keeps the trigger source from working, or will, without changing anything. */
final class TriggerDoctor {
    private static final String INSTALL = "bin/walwire triggers install";

    private final WalwireConfig config;
    private final WalwireConfig.Triggers triggers;
    private final Database database;
    private final TriggerTables tables;
    private final OutboxNames names;
    private final List<Finding> found = new ArrayList<>();

    /**
     * A doctor for one examination.
     *
     * @param config with {@code walwire.source=triggers}
     * @param database where
     * @param tables the instance's
     */
    public TriggerDoctor(WalwireConfig config, Database database, TriggerTables tables) {
        this.config = config;
        this.triggers = Objects.requireNonNull(config.triggers(), "triggers");
        this.database = database;
        this.tables = tables;
        this.names = tables.names();
    }

    /**
     * Looks at everything. That the server cannot be reached is a finding, too.
     *
     * @param patterns the subscriptions
     * @param handled tables that handlers name
     * @param streams whether this instance has the cursor
     * @return what was found, worst first; empty if all is well
     */
    public List<Finding> examine(List<TablePattern> patterns, Collection<TableName> handled, boolean streams) {
        try (Connection connection = database.open();
                Statement statement = connection.createStatement()) {
            tables.pooler().requireOwnSession(connection);
            if (flag(statement, "SELECT pg_catalog.pg_is_in_recovery()")) {
                error(database.display(), "It is a standby; the trigger source reads from the primary.", null);
            } else if (owners(connection, TablePattern.named(patterns, handled))) {
                boolean hasObjects = hasObjects(connection);
                publication();
                notifications(statement);
                tables(connection, patterns, handled);
                if (hasObjects && privileges(connection)) {
                    cursors(statement, streams);
                    waiting(connection, statement);
                }
            }
        } catch (WalwireException e) {
            unusable(e);
        } catch (SQLException e) {
            unusable(ServerErrors.explain(e, "connecting", database));
        }
        return found.stream().sorted(Comparator.comparing(Finding::severity)).toList();
    }

    private void unusable(WalwireException why) {
        error(database.display(), why.explanation(), null);
    }

    private void error(String where, String what, @Nullable String sql) {
        found.add(new Finding(Severity.ERROR, what, where, sql));
    }

    private void warning(String where, String what, @Nullable String sql) {
        found.add(new Finding(Severity.WARNING, what, where, sql));
    }

    /** Adds an error if it stops the start, otherwise a warning. */
    private void graded(boolean stops, String where, String what, @Nullable String sql) {
        found.add(new Finding(stops ? Severity.ERROR : Severity.WARNING, what, where, sql));
    }

    private static boolean flag(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            return row.next() && row.getBoolean(1);
        }
    }

    /** Who owns the objects, and who else may do something with them; false if they must not be used. */
    private boolean owners(Connection connection, Set<TableName> named) throws SQLException {
        ObjectAudit audit = tables.audit();
        String where = "schema " + names.schema();
        boolean consented = TriggerTables.isConsented(tables.read(connection), named);
        List<String> unreadable = audit.problemsOfReader(connection, consented);
        unreadable.forEach(problem -> error(where, problem + ".", null));
        for (String creator :
                audit.schema(connection).map(ObjectAudit.Schema::creators).orElse(List.of())) {
            warning(
                    where,
                    (creator.equals("PUBLIC") ? "Every role" : "Role " + creator)
                            + " may create objects in it, as its owner may, and could prepare objects for the role that"
                            + " installs.",
                    "REVOKE CREATE ON SCHEMA " + names.quotedSchema() + " FROM " + creator + ";");
        }
        rights(audit, connection);
        return unreadable.isEmpty();
    }

    private void rights(ObjectAudit audit, Connection connection) throws SQLException {
        for (ObjectAudit.Right each : audit.rights(connection)) {
            if (each.attachesCode()) {
                error(each.object(), each.danger(), each.revoke(ObjectAudit.ATTACHING));
            }
            if (each.isEverybodys()) {
                String why = each.kind().equals("TABLE")
                        ? ". Walwire's tables hold the rows of all tables that have triggers."
                        : ". Walwire's functions write the outbox, and nobody but the triggers needs to call them.";
                warning(each.object(), "Every role has the rights " + each.rights() + why, each.revoke("ALL"));
            }
        }
    }

    private boolean hasObjects(Connection connection) throws SQLException {
        String where = "schema " + names.schema();
        TriggerCatalog catalog = tables.catalog();
        String outbox = catalog.outbox(connection).orElse(null);
        TriggerCatalog.Function capture = catalog.capture(connection).orElse(null);
        if (outbox == null || capture == null) {
            if (triggers.manage()) {
                installable(connection, where);
            } else {
                error(
                        where,
                        "The outbox of application " + names.application() + " is not there. Run " + INSTALL + ", or:",
                        tables.upkeep()
                                .objectsScript(tables.audit().schema(connection).isPresent()));
            }
            return false;
        }
        if (!catalog.isOwn(outbox)) {
            error(
                    where,
                    "Table " + names.outbox() + " has no comment that says it is Walwire's; set"
                            + " walwire.triggers.schema to another schema.",
                    null);
            return false;
        }
        functions(connection, where, capture);
        return true;
    }

    /** Whether the start can make the objects. */
    private void installable(Connection connection, String where) throws SQLException {
        tables.audit()
                .problemsOfInstaller(connection)
                .forEach(problem -> error(where, ObjectAudit.sentence(problem), null));
        InstallRights.missingGrant(connection, names)
                .ifPresent(grant -> error(
                        "role " + database.user(),
                        "It may not create Walwire's objects in schema " + names.schema()
                                + ", as walwire.triggers.manage=true asks. Run " + INSTALL
                                + " as a role that may, or as the database's owner:",
                        grant));
    }

    private void functions(Connection connection, String where, TriggerCatalog.Function capture) throws SQLException {
        List<ObjectAudit.Function> functions = tables.audit().functions(connection);
        OutboxSql sql = new OutboxSql(names, triggers.notifies());
        int version = tables.catalog().version(capture.comment());
        boolean current = functions.stream().filter(sql::isCurrent).count() == ObjectAudit.SIGNATURES.size();
        if (version < OutboxNames.VERSION || !current) {
            boolean owns = true;
            for (ObjectAudit.Function each : functions) {
                owns &= InstallRights.areThoseOf(each.owner(), connection);
            }
            boolean stops = !owns && triggers.manage() && version <= OutboxNames.VERSION;
            graded(
                    stops,
                    where,
                    "The functions, such as " + names.capture()
                            + ", are not what this version and configuration would make them"
                            + (stops ? ", and this role does not own them" : "") + ". Run " + INSTALL
                            + " as their owner, or:",
                    tables.upkeep().upgradeScript(connection));
        }
    }

    private void tables(Connection connection, List<TablePattern> patterns, Collection<TableName> handled)
            throws SQLException {
        List<TableTriggers> all = tables.read(connection);
        Set<TableName> named = TablePattern.named(patterns, handled);
        Set<TableName> missing = new LinkedHashSet<>(named);
        all.forEach(each -> missing.remove(each.table()));
        missing.forEach(table -> error("table " + table, "There is no such table.", null));
        TriggerCatalog.wanted(all, patterns, handled).forEach(each -> examine(each, named.contains(each.table())));
        for (Inheritance each : tables.unheard(connection, patterns, handled, all)) {
            found.add(new Finding(Severity.NOTE, each.sentence(TriggerTables.PREPARE), "table " + each.parent(), null));
        }
    }

    private void examine(TableTriggers each, boolean isNamed) {
        String where = "table " + each.table();
        if (each.root() != null) {
            error(where, "It is a partition of " + each.root() + "; subscribe to that instead.", null);
        } else if (each.isForeign()) {
            graded(
                    isNamed || !triggers.manage(),
                    where,
                    "It has a trigger of the name of Walwire's that no comment marks as Walwire's.",
                    null);
        } else if (!each.has() && triggers.manage()) {
            if (!each.owned()) {
                graded(
                        isNamed,
                        where,
                        "Role " + database.user()
                                + " does not own it, and so cannot give it triggers, as walwire.triggers.manage=true asks."
                                + " Run " + INSTALL + " as its owner, or:",
                        repair(each));
            }
        } else if (!each.works()) {
            boolean disabled = each.rows() == Condition.DISABLED || each.truncates() == Condition.DISABLED;
            graded(
                    isNamed || each.owned() || !triggers.manage(),
                    where,
                    disabled
                            ? "Its triggers are disabled" + each.where() + ": changes are lost. Run " + INSTALL
                                    + ", or:"
                            : "It lacks triggers, or they are not as they should be: its changes are lost. Run "
                                    + INSTALL + ", or:",
                    repair(each));
        } else if (each.works() && each.always() != triggers.always()) {
            warning(
                    where,
                    triggers.always()
                            ? "walwire.triggers.always is set, but its triggers do not fire for rows that logical"
                                    + " replication brings."
                            : "Its triggers fire always, which walwire.triggers.always does not ask for.",
                    repair(each));
        } else if (each.misorders().isPresent()) {
            warning(
                    where,
                    each.misorders().get()
                            + " may change rows that the same statement has inserted into this one: that change comes before"
                            + " the insert. Run " + INSTALL + ", or:",
                    repair(each));
        } else if (!each.isAsWanted(triggers.always())) {
            found.add(new Finding(
                    Severity.NOTE,
                    "Its triggers look at each inserted row, and need not: they cost those who write more than they have"
                            + " to. Run " + INSTALL + ", or:",
                    where,
                    repair(each)));
        }
    }

    private String repair(TableTriggers each) {
        return String.join(";\n", new TriggerSql(names, triggers.always()).repair(each)) + ";";
    }

    private boolean privileges(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("""
                SELECT pg_catalog.has_schema_privilege(?, 'USAGE')
                   AND pg_catalog.has_table_privilege(?, 'SELECT')
                   AND pg_catalog.has_table_privilege(?, 'SELECT')
                   AND pg_catalog.has_table_privilege(?, 'UPDATE') AND pg_catalog.has_table_privilege(?, 'DELETE')
                   AND pg_catalog.has_table_privilege(?, 'INSERT') AND pg_catalog.has_table_privilege(?, 'UPDATE')
                   AND pg_catalog.has_table_privilege(?, 'DELETE') AND pg_catalog.has_table_privilege(?, 'SELECT')""")) {
            List<String> asked = List.of(
                    names.schema(),
                    names.definition(),
                    names.outbox(),
                    names.outbox(),
                    names.outbox(),
                    names.cursor(),
                    names.cursor(),
                    names.cursor(),
                    names.cursor());
            for (int i = 0; i < asked.size(); i++) {
                query.setString(i + 1, asked.get(i));
            }
            try (ResultSet row = query.executeQuery()) {
                if (row.next() && row.getBoolean(1)) {
                    return true;
                }
            }
        } catch (SQLException e) {
            if (!"42501".equals(e.getSQLState())) {
                throw e;
            }
        }
        error(
                "role " + database.user(),
                "It may not read the outbox, or not write its cursor. As the objects' owner run:",
                tables.upkeep().grants(database.user()));
        return false;
    }

    private void cursors(Statement statement, boolean streams) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT c.name, c.seen::text, c.seen + c.keep"
                + " <= pg_catalog.clock_timestamp() AS expired, c.seen + c.keep / 2 <= pg_catalog.clock_timestamp() AS late"
                + " FROM " + names.cursor() + " c WHERE c.durable ORDER BY 1")) {
            while (row.next()) {
                String name = row.getString(1);
                boolean own = streams && name.equals(config.slot().name());
                String drop = "DELETE FROM " + names.cursor() + " WHERE name = " + SqlLiterals.quote(name) + ";";
                if (!own && row.getBoolean(3)) {
                    warning(
                            "cursor " + name,
                            "It expired: it was last read at " + row.getString(2)
                                    + ", and changes that it has not seen are removed. The next reader gets a gap event"
                                    + " first. If it is no longer needed:",
                            drop);
                } else if (!own && row.getBoolean(4)) {
                    warning(
                            "cursor " + name,
                            "It was last read at " + row.getString(2)
                                    + ", and changes wait for it in the outbox. If it is no longer needed:",
                            drop);
                }
            }
        }
    }

    private void publication() {
        if (!config.publication().names().isEmpty()) {
            found.add(new Finding(
                    Severity.NOTE,
                    "walwire.publication has no effect with walwire.source=triggers: walwire.subscriptions alone decides which"
                            + " changes come, and no publication's row filters or column lists apply.",
                    database.display(),
                    null));
        }
    }

    /** PostgreSQL prepares no transaction that has sent a notification. */
    private void notifications(Statement statement) throws SQLException {
        if (triggers.notifies()
                && flag(
                        statement,
                        "SELECT pg_catalog.current_setting('max_prepared_transactions')::pg_catalog.int4 > 0")) {
            found.add(new Finding(
                    Severity.NOTE,
                    "max_prepared_transactions is set. PREPARE TRANSACTION fails after a change of a table with triggers that"
                            + " notify, unless a reader is at work: where somebody uses it, set walwire.triggers.notify=false.",
                    database.display(),
                    null));
        }
    }

    /** What began before others' changes holds them back. */
    private void waiting(Connection connection, Statement statement) throws SQLException {
        OutboxRows.Horizon horizon = new OutboxRows(connection, names, 1).horizon();
        StallReport.Holder oldest = horizon.held() ? StallReport.holder(connection, horizon.end()) : null;
        if (oldest != null) {
            warning(
                    database.display(),
                    "Changes wait now, until " + oldest + " has ended. If nobody will end it, run in database "
                            + oldest.database() + ":",
                    oldest.sql());
        }
        try (ResultSet row = statement.executeQuery(StallReport.LASTING)) {
            while (row.next()) {
                StallReport.Holder each = StallReport.holder(row);
                if (oldest == null || !oldest.sql().equals(each.sql())) {
                    warning(
                            database.display(),
                            "Changes that were committed since wait until " + each
                                    + " has ended. If nobody will end it, run in database " + each.database() + ":",
                            each.sql());
                }
            }
        }
    }
}
