package io.walwire.internal.backfill.run;

import io.walwire.error.ConfigurationException;
import io.walwire.internal.backfill.ChunkReader;
import io.walwire.internal.backfill.LeafPlan;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.backfill.TableRequest;
import io.walwire.internal.connection.catalog.Catalog;
import io.walwire.internal.connection.publication.PublishedTables;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ReadTable;
import io.walwire.internal.transaction.TableFacts;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the catalog says of the tables of runs. Used by one thread. */
final class RunPlans {
    private static final String PUBLISHED = "SELECT DISTINCT p.schemaname, p.tablename, c.oid::pg_catalog.int8 FROM "
            + PublishedTables.PLACE + " p JOIN pg_catalog.pg_namespace n ON n.nspname = p.schemaname"
            + " JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename WHERE p.pubname = ANY (?)"
            + " ORDER BY 1, 2";

    private final RunSettings settings;
    private final RunContext context;
    private final ChunkReader looker;
    private final Catalog catalog;

    /** What was read as new in this instance. */
    private final Set<Long> readAsNew;

    RunPlans(RunSettings settings, RunContext context, ChunkReader looker, Set<Long> readAsNew) {
        this.settings = settings;
        this.context = context;
        this.looker = looker;
        this.readAsNew = readAsNew;
        this.catalog = new Catalog(settings.connection());
    }

    /** The plan of a run, as of now. */
    TablePlan plan(TableRun run) throws SQLException {
        List<TablePlan> plans = settings.tablePlans()
                .of(List.of(new TableRequest(run.table(), run.stored().where())));
        List<String> problems = PlanChecks.of(plans, settings);
        if (plans.size() != 1) {
            problems = List.of("Table " + run.table() + " cannot be read any more as it was begun: the changes of its"
                    + " partitions now come under " + plans.size() + " names. Start the backfill again.");
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return plans.get(0);
    }

    /** What rows of a plan become events with. */
    Map<Relation, ReadTable> describe(TablePlan plan) throws SQLException {
        int visible = (int) looker.snapshot().xmin() - 1;
        Map<Relation, ReadTable> described = new HashMap<>();
        for (LeafPlan leaf : plan.leaves()) {
            Relation relation = leaf.relation();
            if (!described.containsKey(relation)) {
                TableFacts facts = catalog.describe(relation, visible);
                if (facts == null) {
                    throw new SQLException("Table " + leaf.name() + " is being defined", "40001"); // tried again
                }
                described.put(relation, new ReadTable(relation, facts, settings.facts()));
            }
        }
        return described;
    }

    /**
     * A run of a table that was never read.
     *
     * @param problems what keeps its table from being read
     */
    record NewRun(StoredRun run, List<String> problems) {}

    /**
     * Runs of the tables that were never read for the slot.
     *
     * @param store null if the slot is temporary
     * @param goesOn whether what was read for the slot is still all: the stream has had no gap since
     * @param underWay whether this instance works on a run
     */
    List<NewRun> neverRead(
            StreamStart stream, @Nullable ProgressStore store, boolean goesOn, Predicate<String> underWay)
            throws SQLException {
        Set<String> known = new HashSet<>();
        if (!goesOn) {
            readAsNew.clear();
        } else if (store != null) {
            store.runs().stream()
                    .filter(run ->
                            run.timeline() == stream.server().timeline()) // else the stream may have missed something
                    .filter(run ->
                            run.state() != RunState.RUNNING || underWay.test(run.id())) // else no instance works on it
                    .forEach(run -> known.add(run.id()));
        }
        Map<Long, TableRequest> requests = new LinkedHashMap<>();
        published().forEach((oid, table) -> {
            if (!known.contains(RunIds.ofNew(oid))
                    && !readAsNew.contains(oid)
                    && context.isSubscribed(table)
                    && context.hearsReads(table)) {
                requests.put(oid, new TableRequest(table, null));
            }
        });
        boolean allCanBeRead = problems(List.copyOf(requests.values())).isEmpty();
        List<NewRun> runs = new ArrayList<>();
        for (Map.Entry<Long, TableRequest> each : requests.entrySet()) {
            TableRequest request = each.getValue();
            runs.add(new NewRun(
                    RunStarts.storedRun(stream, settings.owner(), RunIds.ofNew(each.getKey()), request, null),
                    allCanBeRead ? List.of() : problems(List.of(request))));
        }
        readAsNew.addAll(requests.keySet());
        return runs;
    }

    /** What keeps tables from being read. */
    private List<String> problems(List<TableRequest> requests) throws SQLException {
        List<String> problems = new ArrayList<>();
        List<TablePlan> plans = settings.tablePlans().of(requests, problems);
        problems.addAll(PlanChecks.of(plans, settings));
        return problems;
    }

    private Map<Long, TableName> published() throws SQLException {
        return settings.connection().ask(open -> {
            Map<Long, TableName> tables = new LinkedHashMap<>();
            try (PreparedStatement query = open.prepareStatement(PublishedTables.in(PUBLISHED, open))) {
                query.setArray(
                        1, open.createArrayOf("text", settings.publications().toArray()));
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        tables.put(row.getLong(3), new TableName(row.getString(1), row.getString(2)));
                    }
                }
            }
            return tables;
        });
    }
}
