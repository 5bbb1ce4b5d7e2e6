package io.walwire.testkit;

import io.walwire.event.BackfilledEvent;
import io.walwire.event.Event;
import io.walwire.internal.backfill.ReadableTables;
import io.walwire.internal.backfill.RowReader;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.backfill.TableRequest;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.TransactionPart;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The tables of a kit, for an instance that reads their rows. */
final class TapeTables implements ReadableTables {
    private final Tape tape;
    private final KitTables tables;
    private final ReadSteps steps;
    private final boolean passesAll;

    /**
     * How many chunks tables had when the instance began, until they are read. With {@code walwire.backfill=new} a test cannot know
     * when they are planned: what it commits at once comes as changes alone.
     */
    private final Map<TableName, Integer> atStart = new ConcurrentHashMap<>();

    /**
     * The tables as they are.
     *
     * @param passesAll whether no interceptor stands before the handlers but the kit's own
     * @param automatic whether tables are read from the start
     */
    TapeTables(Tape tape, KitTables tables, ReadSteps steps, boolean passesAll, boolean automatic) {
        this.tape = tape;
        this.tables = tables;
        this.steps = steps;
        this.passesAll = passesAll;
        if (automatic) {
            tables.names().forEach(name -> atStart.put(name, chunks(tables.get(name))));
        }
    }

    private int chunks(KitTable table) {
        return tape.see(rows -> rows.chunksBefore(table)).seen();
    }

    @Override
    public RowReader reader(long maxBytes, Duration lockPatience, Duration patience) {
        return new TapeReader(tape, tables, steps);
    }

    /** Conditions are SQL, which the kit cannot run: all rows are read. */
    @Override
    public List<TablePlan> plans(List<TableRequest> requests, List<String> problems) {
        List<TablePlan> plans = new ArrayList<>();
        for (TableRequest request : requests) {
            if (tables.names().contains(request.table())) {
                KitTable table = tables.get(request.table());
                Integer known = atStart.get(request.table());
                int chunks = known == null ? chunks(table) : known;
                plans.add(new TablePlan(request, request.table(), List.of(table.plan(chunks))));
            } else {
                problems.add("Table " + request.table() + " cannot be read: There is no such table.");
            }
        }
        return plans;
    }

    @Override
    public Facts facts() {
        return (relation, visible) -> tables.facts(relation);
    }

    @Override
    public Map<Long, TableName> published() {
        Map<Long, TableName> published = new LinkedHashMap<>();
        tables.names()
                .forEach(name -> published.put(
                        Integer.toUnsignedLong(tables.get(name).relation().oid()), name));
        return published;
    }

    @Override
    public boolean areBlocksReadInOrder() {
        return true;
    }

    @Override
    public boolean areAllPassedOn() {
        return passesAll;
    }

    @Override
    public void handled(String run, TransactionPart part) {
        for (Event event : part.events()) {
            if (event instanceof BackfilledEvent) {
                atStart.remove(
                        new TableName(event.source().schema(), event.source().table()));
            }
        }
        steps.handled(run, part);
    }
}
