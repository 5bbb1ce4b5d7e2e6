package io.walwire.internal.triggers;

import io.walwire.error.Advice;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.log.Logs;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.triggers.ObjectAudit.Function;
import io.walwire.internal.triggers.ObjectAudit.Relation;
import io.walwire.internal.triggers.ObjectAudit.Trust;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/**
 * Makes, repairs, prints and removes one application's objects. Only what is missing or not as it should be is touched, so
 * that a start with everything in place takes no lock; and only what a comment says is this application's is ever removed.
 */
public final class TriggerUpkeep {
    private static final Logger LOG = Logs.of(TriggerUpkeep.class);

    private final OutboxNames names;
    private final Options options;
    private final Pooler pooler;
    private final OutboxSql sql;
    private final TriggerSql triggers;
    private final TriggerCatalog catalog;
    private final ObjectAudit audit;

    /** Whether triggers of an older kind stay, since a table that has them was not free. */
    private volatile boolean putOff;

    /**
     * How triggers are made.
     *
     * @param always whether they fire in every {@code session_replication_role}, and so for rows that logical replication
     *     brings
     * @param notifies whether writers wake the reader
     * @param lockTimeout how long a statement waits for a table that others write to
     */
    public record Options(boolean always, boolean notifies, Duration lockTimeout) {}

    /**
     * Upkeep of one application's objects.
     *
     * @param names what they are called
     * @param options how they are made
     * @param pooler refuses one that shares its sessions
     */
    public TriggerUpkeep(OutboxNames names, Options options, Pooler pooler) {
        this.names = names;
        this.options = options;
        this.pooler = pooler;
        this.sql = new OutboxSql(names, options.notifies());
        this.triggers = new TriggerSql(names, options.always());
        this.catalog = new TriggerCatalog(names);
        this.audit = new ObjectAudit(names);
    }

    /**
     * Makes what is missing, and repairs what is not as it should be; one process at a time.
     *
     * @param connection a plain connection in autocommit mode
     * @param patterns which tables
     * @param named further tables
     * @return what was run
     * @throws SQLException if the server refuses, or a lock was not granted in time; what was done before stays
     */
    public List<String> install(Connection connection, List<TablePattern> patterns, Collection<TableName> named)
            throws SQLException {
        return install(connection, patterns, named, UpkeepStep::run);
    }

    /**
     * The same without fail where changes come anyway: triggers of an older kind are replaced if their tables are free. After the
     * first one that is not, none is tried any more.
     *
     * @throws SQLException if the server refuses, or a lock that is needed was not granted in time
     */
    void installNeeded(Connection connection, List<TablePattern> patterns, Collection<TableName> named)
            throws SQLException {
        install(connection, patterns, named, (step, on, check) -> {
            if (!step.spares()) {
                step.run(on, check);
            } else if (!putOff) {
                putOff = !step.tryRun(on, check);
            }
        });
    }

    private List<String> install(
            Connection connection, List<TablePattern> patterns, Collection<TableName> named, UpkeepStep.Runner runner)
            throws SQLException {
        omitted(connection, patterns, named).warn(names);
        if (steps(connection, patterns, named).stream().allMatch(step -> step.spares() && putOff)) {
            return List.of();
        }
        return new UpkeepTurn(names, options.lockTimeout(), pooler).take(connection, () -> {
            List<UpkeepStep> steps = steps(connection, patterns, named);
            for (UpkeepStep step : steps) {
                runner.run(step, connection, () -> ObjectAudit.refuse(audit.problemsOfInstaller(connection)));
            }
            return steps.stream().flatMap(step -> step.statements().stream()).toList();
        });
    }

    /**
     * What {@link #install} would run, without a change.
     *
     * @param connection a plain connection
     * @param patterns which tables
     * @param named further tables
     * @return groups of statements, each to be run in a transaction
     * @throws SQLException if the catalog cannot be read
     * @throws WalwireException if objects of these names are somebody else's
     */
    public List<List<String>> missing(Connection connection, List<TablePattern> patterns, Collection<TableName> named)
            throws SQLException {
        return steps(connection, patterns, named).stream()
                .map(UpkeepStep::statements)
                .toList();
    }

    private List<UpkeepStep> steps(Connection connection, List<TablePattern> patterns, Collection<TableName> named)
            throws SQLException {
        List<UpkeepStep> steps = new ArrayList<>();
        List<String> objects = objects(connection);
        if (!objects.isEmpty()) {
            steps.add(UpkeepStep.ofObjects(objects));
        }
        for (TableTriggers each : omitted(connection, patterns, named).others()) {
            requireNoPartition(each);
            requireOwn(each);
            if (!each.isAsWanted(options.always())) {
                steps.add(UpkeepStep.of(each, triggers, options.always()));
            }
        }
        if (!steps.isEmpty()) {
            ObjectAudit.refuse(audit.problemsOfInstaller(connection));
        }
        return steps;
    }

    private OmittedTables omitted(Connection connection, List<TablePattern> patterns, Collection<TableName> named)
            throws SQLException {
        List<TableTriggers> wanted = TriggerCatalog.wanted(catalog.tables(connection), patterns, named);
        return OmittedTables.of(wanted, TablePattern.named(patterns, named), options.always());
    }

    private List<String> objects(Connection connection) throws SQLException {
        Optional<String> outbox = catalog.outbox(connection);
        List<Function> functions = audit.functions(connection);
        int version = functions.stream()
                .filter(each -> "capture".equals(each.what()))
                .mapToInt(each -> catalog.version(each.comment()))
                .findFirst()
                .orElse(0);
        List<String> statements = new ArrayList<>();
        if (outbox.isEmpty()) {
            if (audit.schema(connection).isEmpty()) {
                statements.add(sql.schema());
            }
            statements.add(sql.tables());
        }
        boolean current = version >= OutboxNames.VERSION
                && functions.stream().filter(sql::isCurrent).count() == ObjectAudit.SIGNATURES.size();
        // while nodes of several versions run side by side, the newest one's stays
        if (!current && version <= OutboxNames.VERSION) {
            if (outbox.isPresent() && version < OutboxNames.VERSION) {
                statements.add(sql.upgrade());
            }
            statements.add(sql.functions(there(functions)));
            if (outbox.isEmpty()) {
                statements.add(sql.closed());
            }
        }
        if (!statements.isEmpty()) {
            ObjectAudit.refuse(audit.problemsOfInstaller(connection));
            requireOwnFunctions(functions);
        }
        requireOwnOutbox(outbox);
        return statements;
    }

    private static Set<String> there(List<Function> functions) {
        return functions.stream()
                .map(Function::what)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .collect(Collectors.toSet());
    }

    private void requireOwnOutbox(Optional<String> outbox) {
        if (outbox.isPresent() && !catalog.isOwn(outbox.get())) {
            throw new WalwireException(
                    ErrorCode.CONFIGURATION,
                    "Table " + names.outbox() + " is there, and not Walwire's: it has no comment that says so.",
                    "Set walwire.triggers.schema to another schema.");
        }
    }

    private void requireOwnFunctions(List<Function> functions) {
        List<String> foreign = functions.stream()
                .filter(each -> each.what() != null && !catalog.isOwn(each.comment()))
                .map(Function::object)
                .toList();
        if (!foreign.isEmpty()) {
            throw new WalwireException(
                    ErrorCode.CONFIGURATION,
                    "Function " + String.join(", ", foreign)
                            + " is there, and not Walwire's: it has no comment that says"
                            + " so, and is left alone.",
                    new Advice(
                            "Set walwire.triggers.schema to another schema, or remove it:",
                            "DROP FUNCTION " + String.join(", ", foreign) + ";"));
        }
    }

    private static void requireNoPartition(TableTriggers each) {
        if (each.root() != null) {
            throw new WalwireException(
                    ErrorCode.CONFIGURATION,
                    "Table " + each.table() + " is a partition of " + each.root()
                            + ", and triggers report its changes under that name.",
                    "Subscribe to " + each.root() + " instead.");
        }
    }

    private void requireOwn(TableTriggers each) {
        if (each.isForeign()) {
            throw new WalwireException(
                    ErrorCode.CONFIGURATION,
                    "Table " + each.table() + " has a trigger " + SqlIdentifiers.quote(names.rowTrigger())
                            + " that no comment marks as Walwire's, so it is left alone.",
                    new Advice(
                            "If it is, run:",
                            "DROP TRIGGER " + SqlIdentifiers.quote(names.rowTrigger()) + " ON "
                                    + OutboxSql.quoted(each.table()) + ";"));
        }
    }

    /**
     * Everything as one script for a migration tool. It fails where any of the objects is there already, but for the schema.
     *
     * @param connection a plain connection, to find the tables
     * @param patterns which tables
     * @param named further tables
     * @return SQL
     * @throws SQLException if the catalog cannot be read
     */
    public String script(Connection connection, List<TablePattern> patterns, Collection<TableName> named)
            throws SQLException {
        StringBuilder script =
                new StringBuilder(objectsScript(audit.schema(connection).isPresent()));
        for (TableTriggers each : TriggerCatalog.wanted(catalog.tables(connection), patterns, named)) {
            requireNoPartition(each);
            script.append('\n');
            triggers.create(each).forEach(statement -> script.append(statement).append(";\n"));
        }
        return script.toString();
    }

    /**
     * The part of a {@link #script} that needs no table.
     *
     * @param hasSchema whether the schema is there
     * @return SQL
     */
    String objectsScript(boolean hasSchema) {
        return (hasSchema ? "" : sql.schema()) + sql.tables() + sql.functions(Set.of()) + sql.closed();
    }

    /**
     * What is wrong with the owners of the objects, and with who else may make some.
     *
     * @param connection a plain connection
     * @return one sentence each; empty if all is well
     * @throws SQLException if the catalog cannot be read
     */
    public List<String> problems(Connection connection) throws SQLException {
        return audit.problemsOfInstaller(connection);
    }

    /** What makes the functions of an earlier version, or of another configuration, this one's. */
    String upgradeScript(Connection connection) throws SQLException {
        return sql.upgrade() + sql.functions(there(audit.functions(connection)));
    }

    /**
     * What a role may be given that reads and does not own the objects.
     *
     * @param role its name
     * @return SQL
     */
    public String grants(String role) {
        return RightsSql.grants(names, role);
    }

    /**
     * What is there, each table as a line.
     *
     * @param connection a plain connection
     * @return the tables that carry this application's triggers, with their condition
     * @throws SQLException if the catalog cannot be read
     */
    public List<String> list(Connection connection) throws SQLException {
        List<String> lines = new ArrayList<>();
        for (TableTriggers each : catalog.tables(connection)) {
            if (each.has()) {
                String state = each.works() ? (each.always() ? "always" : "enabled") : each.said();
                lines.add(each.table() + "\t" + state);
            }
        }
        return lines;
    }

    /**
     * Removes triggers of tables that nobody wants any more, and everything if nothing is wanted.
     *
     * @param connection a plain connection in autocommit mode
     * @param patterns which tables are wanted; none for none
     * @param named further tables
     * @param apply whether to do it
     * @return what was run, or would be
     * @throws SQLException if the server refuses
     */
    public List<String> clean(
            Connection connection, List<TablePattern> patterns, Collection<TableName> named, boolean apply)
            throws SQLException {
        if (!apply) {
            return unwanted(connection, patterns, named).stream()
                    .flatMap(List::stream)
                    .toList();
        }
        return new UpkeepTurn(names, options.lockTimeout(), pooler).take(connection, () -> {
            List<List<String>> unwanted = unwanted(connection, patterns, named);
            for (List<String> together : unwanted) {
                UpkeepTurn.run(connection, together, () -> {});
            }
            return unwanted.stream().flatMap(List::stream).toList();
        });
    }

    private List<List<String>> unwanted(Connection connection, List<TablePattern> patterns, Collection<TableName> named)
            throws SQLException {
        List<TableTriggers> all = catalog.tables(connection);
        List<TableTriggers> wanted = TriggerCatalog.wanted(all, patterns, named);
        List<List<String>> groups = new ArrayList<>();
        for (TableTriggers each : all) {
            if (each.has() && !each.isForeign() && !wanted.contains(each)) {
                groups.add(triggers.drop(each.table()));
            }
        }
        if (patterns.isEmpty() && named.isEmpty()) {
            List<String> objects = ownObjects(connection);
            if (!objects.isEmpty()) {
                groups.add(objects);
            }
        }
        return groups;
    }

    /** Only what is marked as this application's and belongs to this role, or to a superuser. */
    private List<String> ownObjects(Connection connection) throws SQLException {
        List<String> statements = new ArrayList<>();
        for (Function each : audit.functions(connection)) {
            if (each.what() != null && each.trust() == Trust.INSTALLER && catalog.isOwn(each.comment())) {
                statements.add("DROP FUNCTION " + each.object());
            } else if (each.what() != null) {
                LOG.warn("{} of role {} stays: it is not Walwire's, or another role's", each.object(), each.owner());
            }
        }
        for (Relation each : audit.relations(connection)) {
            if (each.isTable() && each.trust() == Trust.INSTALLER && catalog.isOwn(each.comment())) {
                statements.add("DROP TABLE " + each.object());
            } else {
                LOG.warn("{} of role {} stays: it is not Walwire's, or another role's", each.object(), each.owner());
            }
        }
        return statements;
    }
}
