package io.walwire.internal.triggers;

import io.walwire.error.Advice;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.catalog.Inheritance;
import io.walwire.internal.connection.catalog.TableShape;
import io.walwire.internal.connection.publication.TableShapes;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import io.walwire.internal.text.Nearest;
import io.walwire.internal.text.ShortList;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.triggers.TableTriggers.Condition;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/** Whether the tables that an instance wants have their triggers; makes them so where that is asked for. */
public final class TriggerTables {
    /** What to do to tables before their changes come. */
    static final String PREPARE = "install triggers on";

    private static final Logger LOG = Logs.of(TriggerTables.class);

    private final Database database;
    private final OutboxNames names;
    private final TriggerUpkeep upkeep;
    private final TriggerCatalog catalog;
    private final boolean manages;
    private final Pooler pooler;

    /** As the last look at the subscribed tables found it. */
    private volatile boolean consented;

    private TriggerTables(Database database, OutboxNames names, TriggerUpkeep upkeep, boolean manages, Pooler pooler) {
        this.database = database;
        this.names = names;
        this.upkeep = upkeep;
        this.catalog = new TriggerCatalog(names);
        this.manages = manages;
        this.pooler = pooler;
    }

    /**
     * The tables of an instance.
     *
     * @param config with {@code walwire.source=triggers}
     * @param database where
     */
    public static TriggerTables of(WalwireConfig config, Database database) {
        WalwireConfig.Triggers triggers = Objects.requireNonNull(config.triggers(), "triggers");
        OutboxNames names = new OutboxNames(triggers.schema(), config.name());
        TriggerUpkeep.Options options =
                new TriggerUpkeep.Options(triggers.always(), triggers.notifies(), triggers.lockTimeout());
        Pooler pooler = new Pooler(database.display(), triggers.sessionPooler());
        return new TriggerTables(database, names, new TriggerUpkeep(names, options, pooler), triggers.manage(), pooler);
    }

    /** What the objects are called. */
    public OutboxNames names() {
        return names;
    }

    /** What makes and removes them. */
    public TriggerUpkeep upkeep() {
        return upkeep;
    }

    /**
     * Makes sure that changes of the tables come.
     *
     * @param connection a plain connection in autocommit mode
     * @param patterns the subscriptions
     * @param handled tables that handlers name
     * @throws SQLException if the catalog cannot be read, or the triggers cannot be made
     * @throws WalwireException if somebody must correct something
     */
    public void require(Connection connection, List<TablePattern> patterns, Collection<TableName> handled)
            throws SQLException {
        Set<TableName> named = TablePattern.named(patterns, handled);
        List<TableTriggers> all = catalog.tables(connection);
        requireExisting(all, named);
        if (manages) {
            upkeep.installNeeded(connection, patterns, handled);
            all = catalog.tables(connection);
        }
        consented = isConsented(all, named);
        requireObjects(connection);
        requireTriggers(all, named);
        warn(TriggerCatalog.wanted(all, patterns, handled));
        unheard(connection, patterns, handled, all)
                .forEach(each -> LOG.warn("Table {}: {}", each.parent(), each.sentence(PREPARE)));
    }

    /** What does not stop the start. */
    private static void warn(List<TableTriggers> wanted) {
        Map<String, List<TableName>> misordered = new LinkedHashMap<>();
        for (TableTriggers each : wanted) {
            if (each.rows() == Condition.DISABLED || each.truncates() == Condition.DISABLED) {
                LOG.warn(
                        "Triggers of table {} are disabled{}: changes are lost. Run: bin/walwire triggers install",
                        each.table(),
                        each.where());
            } else {
                each.misorders().ifPresent(trigger -> misordered
                        .computeIfAbsent(trigger, first -> new ArrayList<>())
                        .add(each.table()));
            }
        }
        misordered.forEach((trigger, tables) -> LOG.warn(
                "{} may change rows that the same statement has inserted into {}: that change comes before the insert."
                        + " Run: bin/walwire triggers install",
                trigger,
                ShortList.of(tables)));
    }

    /** Tables that inherit from one that somebody names, and of which nobody hears. */
    List<Inheritance> unheard(
            Connection connection, List<TablePattern> patterns, Collection<TableName> handled, List<TableTriggers> all)
            throws SQLException {
        Set<TableName> captured = all.stream()
                .filter(each -> manages || each.works())
                .map(TableTriggers::table)
                .collect(Collectors.toSet());
        return Inheritance.unheard(connection, patterns, handled, captured::contains);
    }

    /**
     * Makes sure that the outbox is still there, and that no role can change it or run code with it that this one cannot trust.
     *
     * @param connection a plain connection
     * @throws SQLException if the catalog cannot be read
     * @throws WalwireException if it is not
     */
    public void requireObjects(Connection connection) throws SQLException {
        Optional<String> outbox = catalog.outbox(connection);
        if (outbox.isEmpty() || catalog.capture(connection).isEmpty()) {
            throw new WalwireException(
                    ErrorCode.CONFIGURATION,
                    "There is no outbox of application " + names.application() + " in schema " + names.schema() + " of "
                            + database.display()
                            + ".",
                    "Run: bin/walwire triggers install, or bin/walwire triggers sql for"
                            + " its SQL, or set walwire.triggers.manage=true.");
        }
        List<String> problems = new ArrayList<>(audit().problemsOfReader(connection, consented));
        problems.addAll(audit().problemsOfRights(connection));
        ObjectAudit.refuse(problems);
    }

    /**
     * Connects to the outbox.
     *
     * @throws SQLException if no connection can be opened, or the server is a standby
     * @throws WalwireException if a pooler shares its sessions
     */
    public OutboxSession open() throws SQLException {
        return OutboxSession.open(database, names, pooler, this::requireObjects);
    }

    Pooler pooler() {
        return pooler;
    }

    ObjectAudit audit() {
        return new ObjectAudit(names);
    }

    /** Whether a table that the user names has the triggers, which only those can make who may do so on that table. */
    static boolean isConsented(List<TableTriggers> all, Set<TableName> named) {
        return all.stream().anyMatch(each -> named.contains(each.table()) && each.works());
    }

    /**
     * Makes sure that the tables are there.
     *
     * @param connection a plain connection
     * @param patterns the subscriptions; those that name one table are looked for
     * @throws SQLException if the catalog cannot be read
     * @throws WalwireException if one is not
     */
    public void requireExisting(Connection connection, List<TablePattern> patterns) throws SQLException {
        requireExisting(catalog.tables(connection), TablePattern.named(patterns, List.of()));
    }

    private void requireExisting(List<TableTriggers> all, Set<TableName> named) {
        Set<TableName> missing = new LinkedHashSet<>(named);
        all.forEach(each -> missing.remove(each.table()));
        if (!missing.isEmpty()) {
            List<String> names =
                    all.stream().map(each -> each.table().toString()).toList();
            String nearest = missing.stream()
                    .flatMap(table -> Nearest.of(table.toString(), names).stream())
                    .distinct()
                    .collect(Collectors.joining(", "));
            throw new WalwireException(
                    ErrorCode.CONFIGURATION,
                    "No such table on " + database.display() + ": " + joined(missing) + ".",
                    nearest.isEmpty() ? "" : "Did you mean " + nearest + "?");
        }
    }

    private void requireTriggers(List<TableTriggers> all, Set<TableName> named) {
        List<String> problems = new ArrayList<>();
        for (TableTriggers each : all) {
            if (named.contains(each.table()) && !each.works()) {
                problems.add(
                        each.root() == null
                                ? each.table() + (each.silent().isEmpty() ? " has no triggers" : " lacks triggers")
                                        + " of application " + names.application() + " that work"
                                        + each.where() + "; run: bin/walwire triggers install"
                                : each.table() + " is a partition of " + each.root()
                                        + ", and triggers report its changes under that name; subscribe to that instead");
            }
        }
        if (!problems.isEmpty()) {
            throw new WalwireException(
                    ErrorCode.CONFIGURATION,
                    "On " + database.display() + " table " + String.join("; table ", problems) + ".");
        }
    }

    private static String joined(Collection<TableName> tables) {
        return tables.stream().map(TableName::toString).collect(Collectors.joining(", "));
    }

    /**
     * Of each table that changes come of, and of those that should, the condition.
     *
     * @param connection a plain connection
     * @throws SQLException if the catalog cannot be read
     */
    List<TableTriggers> read(Connection connection) throws SQLException {
        return catalog.tables(connection);
    }

    TriggerCatalog catalog() {
        return catalog;
    }

    /**
     * What a table looks like to those who watch it. It may be younger than the instance: then its triggers are made, where
     * that is asked for.
     *
     * @param table its name
     * @param wanted whether the instance delivers its changes
     * @return what the catalog says, also if there is no such table
     * @throws SQLException if the catalog cannot be read
     */
    public TableShape shape(TableName table, boolean wanted) throws SQLException {
        try (Connection connection = database.open()) {
            if (manages && wanted) {
                upkeep.installNeeded(connection, List.of(TablePattern.of(table)), List.of());
            }
            List<TableName> captured = catalog.tables(connection).stream()
                    .filter(TableTriggers::works)
                    .map(TableTriggers::table)
                    .toList();
            return TableShapes.readCaptured(database, table, captured);
        }
    }

    /**
     * Why an instance ended for good, with what to do where a privilege or an object is missing.
     *
     * @param said what the server said, explained for replication
     * @return the same or better
     */
    public WalwireException explain(WalwireException said) {
        SQLException cause = ServerErrors.sqlCause(said);
        String state = cause == null || cause.getSQLState() == null ? "" : cause.getSQLState();
        String what = cause == null ? "" : "On " + database.display() + ": " + ServerErrors.said(cause);
        if (state.equals("42501")) {
            return new WalwireException(
                    ErrorCode.PRIVILEGE,
                    state,
                    what,
                    new Advice(
                            "To make triggers, role " + database.user()
                                    + " has to own the tables, or run bin/walwire triggers"
                                    + " install as a role that does. As a reader it needs:",
                            upkeep.grants(database.user())),
                    said);
        }
        if (state.equals("55P03")) {
            return new WalwireException(
                    ErrorCode.SERVER,
                    state,
                    what + " Making a trigger waits for those who write to the table; replacing one waits for those who"
                            + " read it, too.",
                    Advice.of("Start again when it is quieter, or raise walwire.triggers.lock-timeout."),
                    said);
        }
        return said;
    }
}
