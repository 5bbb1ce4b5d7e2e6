package io.walwire.internal.backfill.run;

import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.internal.backfill.LeafPlan;
import io.walwire.internal.backfill.ReadableTables;
import io.walwire.internal.backfill.RowReader;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.backfill.TableReading;
import io.walwire.internal.backfill.TableRequest;
import io.walwire.internal.backfill.TakenRunException;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.ReadTable;
import io.walwire.internal.transaction.TableFacts;
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
    /** As of a serialization failure, so that it is tried again. */
    static final String BEING_DEFINED = "40001";

    private final RunSettings settings;
    private final RunContext context;
    private final RowReader looker;
    private final ReadableTables.Facts catalog;

    private final ReadAsNew readAsNew;
    private final FirstReading first;

    RunPlans(RunSettings settings, RunContext context, RowReader looker, ReadAsNew readAsNew, FirstReading first) {
        this.settings = settings;
        this.context = context;
        this.looker = looker;
        this.readAsNew = readAsNew;
        this.first = first;
        this.catalog = settings.readable().facts();
    }

    /** The plan of a run, as of now. */
    TablePlan plan(TableRun run, StreamStart stream) throws SQLException {
        List<String> problems = new ArrayList<>();
        List<TablePlan> plans = settings.readable()
                .plans(List.of(new TableRequest(run.table(), run.stored().where())), problems);
        if (problems.isEmpty()) {
            problems.addAll(PlanChecks.of(
                    plans, settings, stream, RunIds.isOfNew(run.stored().id())));
        }
        if (problems.isEmpty() && plans.size() != 1) {
            problems = List.of("Table " + run.table() + " cannot be read any more as it was begun: the changes of its"
                    + " partitions now come under " + plans.size() + " names. Start the backfill again.");
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return plans.get(0);
    }

    /** Whether the plan of a reading still has all rows of its table. */
    boolean isWhole(TableRun run, TableReading reading) throws SQLException {
        return reading.plan().covers(settings.readable().sending(run.table()));
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
                    throw new SQLException("Table " + leaf.name() + " is being defined.", BEING_DEFINED);
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
     * @param due why they are looked for
     * @param underWay whether this instance works on a run
     */
    List<NewRun> neverRead(
            StreamStart stream, @Nullable ProgressStore store, DueLooks.Due due, Predicate<String> underWay)
            throws SQLException {
        if (due.failedToo()) {
            readAsNew.forgetFailed();
        }
        Set<String> known = new HashSet<>();
        if (!due.streamGoesOn()) { // what was read for the slot is not all any more
            readAsNew.clear();
        } else if (store != null) {
            store.runs().stream()
                    .filter(run ->
                            run.timeline() == stream.server().timeline()) // else the stream may have missed something
                    .filter(run -> run.state() == RunState.DONE
                            || run.state() == RunState.CANCELLED
                            || underWay.test(run.id())) // else it failed, or no instance works on it
                    .forEach(run -> known.add(run.id()));
        }
        Map<Long, TableRequest> planned = first.requests();
        Map<Long, TableRequest> requests = planned.isEmpty() ? wanted(settings, context) : planned;
        Set<Long> asked = Set.copyOf(requests.keySet());
        requests.keySet().removeIf(oid -> known.contains(RunIds.ofNew(oid)) || readAsNew.has(oid));
        boolean allCanBeRead = !planned.isEmpty()
                || requests.isEmpty()
                || problems(List.copyOf(requests.values()), stream).isEmpty();
        List<NewRun> runs = new ArrayList<>();
        for (Map.Entry<Long, TableRequest> each : requests.entrySet()) {
            TableRequest request = each.getValue();
            runs.add(new NewRun(
                    RunStarts.storedRun(stream, settings, RunIds.ofNew(each.getKey()), request, null),
                    allCanBeRead ? List.of() : problems(List.of(request), stream)));
        }
        readAsNew.add(asked);
        return runs;
    }

    /** A run has ended. If it failed and its table was never read, a look for those that failed finds that table again. */
    void ended(TableRun run, @Nullable WalwireException failure) {
        if (failure != null
                && !(failure instanceof TakenRunException)) { // another instance works on one that was taken
            readAsNew.failed(run.stored().id());
        }
    }

    /** The subscribed tables whose rows somebody gets, by their OIDs. */
    static Map<Long, TableRequest> wanted(RunSettings settings, RunContext context) throws SQLException {
        Map<Long, TableRequest> requests = new LinkedHashMap<>();
        settings.readable().published().forEach((oid, table) -> {
            if (context.isSubscribed(table) && context.hearsReads(table)) {
                requests.put(oid, new TableRequest(table, null));
            }
        });
        return requests;
    }

    /** What keeps tables from being read. */
    private List<String> problems(List<TableRequest> requests, StreamStart stream) throws SQLException {
        List<String> problems = new ArrayList<>();
        List<TablePlan> plans = settings.readable().plans(requests, problems);
        problems.addAll(PlanChecks.of(plans, settings, stream, true));
        return problems;
    }
}
