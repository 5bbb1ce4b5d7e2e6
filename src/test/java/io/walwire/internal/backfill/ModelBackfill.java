package io.walwire.internal.backfill;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.ModelSettings.Naive;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.pgoutput.TupleData;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** A backfill of the simulated table beside its stream, step by step. */
final class ModelBackfill {
    private static final int KEYS_AT_ONCE = 3;

    final ModelConsumer consumer;
    int keptChunks;

    private final Random random;
    private final ModelSettings settings;
    private final ModelDatabase database;
    private UnseenTransactions unseen = new UnseenTransactions();
    private final List<Reading> open = new ArrayList<>();
    private final Deque<Object> left = new ArrayDeque<>();
    private @Nullable DeliveredKeys delivered;
    private UnseenTransactions.@Nullable Awaited awaited;
    private boolean begun;
    private boolean rangesDone;
    private boolean byKey;
    private int fileNode;
    private int position;
    private int confirmed;
    private @Nullable Saved saved;
    private @Nullable Saved resumed;

    /** The table of the progress. */
    private record Saved(
            List<Object> ranges,
            List<List<String>> keys,
            boolean byKey,
            int fileNode,
            boolean begun,
            int position,
            Map<String, ModelRow> state) {}

    /** The rest of the table, behind a key. */
    private record Behind(String key) {}

    /** A chunk: of a block, of the keys behind one, or of a list of keys. */
    private static final class Reading {
        final OpenRead read;
        final Object range;

        @Nullable
        List<ModelRow> rows;

        int horizon;

        Reading(OpenRead read, Object range) {
            this.read = read;
            this.range = range;
        }
    }

    ModelBackfill(Random random, ModelSettings settings, ModelDatabase database) {
        this.random = random;
        this.settings = settings;
        this.database = database;
        this.consumer = new ModelConsumer(settings, () -> keptChunks++);
    }

    /** The next transaction of the log is delivered. */
    void stream() {
        if (position == database.log.size()) {
            return;
        }
        Lsn commit = new Lsn(position);
        ModelDatabase.Committed next = database.log.get(position++);
        DeliveredTransaction by = new DeliveredTransaction((int) next.xid(), commit);
        for (int i = 0; i < next.changes().size(); i++) {
            RowChange change = next.changes().get(i);
            if (delivered != null) {
                delivered.delivered(by, settings.naive() == Naive.TOAST ? complete(change) : change);
            }
            consumer.event(change, next.before().get(i));
        }
        unseen.delivered(by);
    }

    private static RowChange complete(RowChange change) {
        return new RowChange(change.kind(), change.keys(), change.now(), false, change.row(), change.columns());
    }

    /** The stream's position is confirmed, and with it what is to be read again. */
    void confirm() {
        save();
        confirmed = position;
    }

    private void save() {
        if (delivered != null) {
            List<Object> ranges = new ArrayList<>();
            open.stream().map(reading -> reading.range).forEach(ranges::add);
            ranges.addAll(left);
            ranges.removeIf(range -> range instanceof List<?>);
            boolean outgrown = known().isOutgrown();
            saved = new Saved(
                    ranges,
                    known().kept().values(),
                    byKey || outgrown,
                    fileNode,
                    begun && !outgrown,
                    position,
                    consumer.copy());
        }
    }

    /** The instance is killed, and another one goes on. */
    void crash() {
        if (saved == null) {
            return;
        }
        position = confirmed;
        if (settings.exactlyOnce()) {
            position = saved.position();
            consumer.restore(saved.state());
        }
        byKey = saved.byKey();
        open.clear();
        left.clear();
        rangesDone = false;
        delivered = new DeliveredKeys(settings.mode(byKey));
        unseen = new UnseenTransactions();
        unseen.startsAt(database.printed());
        awaited = unseen.awaited();
        begun = false;
        if (saved.begun()) {
            resumed = saved;
            List<List<String>> keys = settings.naive() == Naive.KEYS_NOT_KEPT ? List.of() : saved.keys();
            delivered.restore(keys.stream().map(key -> ModelRow.key(key.get(0))).toList());
        } else {
            resumed = null;
        }
    }

    boolean isStreamed() {
        return position == database.log.size();
    }

    void begin() {
        byKey = settings.byKey();
        delivered = new DeliveredKeys(settings.mode(byKey));
        awaited = unseen.awaited();
        consumer.state.clear(); // a handler that is new has nothing of what was before
    }

    boolean isDone() {
        return begun && rangesDone && left.isEmpty() && open.isEmpty() && known().isComplete();
    }

    private DeliveredKeys known() {
        return Objects.requireNonNull(delivered);
    }

    /** The backfill does something. */
    void step() {
        if (delivered == null || awaited == null) {
            return;
        }
        if (!begun) {
            Snapshot snapshot = database.snapshot(position);
            unseen.sees(snapshot);
            if (settings.naive() == Naive.FIRST_SNAPSHOT || awaited.areSeenBy(snapshot)) {
                begun = true;
                allRanges();
            }
            return;
        }
        if (known().isOutgrown()) {
            byKey = true;
            restart();
            return;
        }
        if (open.size() < 2 && random.nextBoolean()) {
            take();
        } else if (!open.isEmpty()) {
            advance(open.get(random.nextInt(open.size())));
        }
    }

    private void restart() {
        open.forEach(reading -> known().abandon(reading.read));
        open.clear();
        left.clear();
        rangesDone = false;
        begun = false;
        known().restart(settings.mode(byKey));
        awaited = unseen.awaited();
        save();
    }

    private void allRanges() {
        Saved before = resumed;
        resumed = null;
        if (before != null && before.fileNode() == database.fileNode) {
            fileNode = before.fileNode();
            left.addAll(before.ranges());
            return;
        }
        fileNode = database.fileNode;
        if (byKey) {
            left.add(new Behind(""));
        } else {
            for (int i = 0; i < ModelDatabase.BLOCKS; i++) {
                left.add(i);
            }
        }
    }

    private void take() {
        if (left.isEmpty() && open.isEmpty() && !rangesDone) {
            rangesDone = true;
            known().rangesAreDone();
        }
        if (left.isEmpty() && rangesDone) {
            List<TableKey> keys = known().takeKeysToRead(KEYS_AT_ONCE);
            if (!keys.isEmpty()) {
                left.add(keys);
            }
        }
        Object range = left.poll();
        if (range != null) {
            open.add(new Reading(known().begin(ModelRow.COLUMNS), range));
        }
    }

    private void advance(Reading reading) {
        if (reading.rows == null) {
            if (database.isLocked()) {
                return;
            }
            read(reading);
        } else if (position >= reading.horizon) {
            decide(reading, reading.rows);
        }
    }

    private void read(Reading reading) {
        Snapshot snapshot = database.snapshot(position);
        known().shows(
                        reading.read,
                        settings.naive() == Naive.LOG_ORDER
                                ? new Snapshot(snapshot.xmax(), snapshot.xmax(), Set.of())
                                : snapshot);
        if (fileNode != database.fileNode) {
            restart();
            return;
        }
        reading.horizon = database.log.size();
        reading.rows = database.visible.values().stream()
                .filter(row -> isIn(reading.range, row))
                .limit(reading.range instanceof Behind ? 3 : Integer.MAX_VALUE)
                .toList();
        if (reading.range instanceof Behind && reading.rows.size() == 3) {
            left.addFirst(new Behind(reading.rows.get(2).key()));
        }
    }

    private static boolean isIn(Object range, ModelRow row) {
        if (range instanceof Integer block) {
            return row.block() == block;
        }
        if (range instanceof Behind behind) {
            return row.key().compareTo(behind.key()) > 0;
        }
        return ((List<?>) range).contains(row.tableKey());
    }

    private void decide(Reading reading, List<ModelRow> rows) {
        open.remove(reading);
        List<TupleData> tuples = rows.stream().map(ModelRow::tuple).toList();
        IntFunction<TableKey> keys = i -> rows.get(i).tableKey();
        ChunkDecision decision = reading.range instanceof List<?> list
                ? known().decideKeys(
                                reading.read,
                                list.stream().map(TableKey.class::cast).toList(),
                                keys,
                                tuples)
                : known().decide(reading.read, keys, tuples);
        if (decision.readAgain()) {
            Object range = reading.range;
            if (range instanceof Behind behind && rows.size() == 3) {
                left.removeIf(rest -> rest.equals(new Behind(rows.get(2).key())));
                // what comes behind may be read already; reading it again is safe
                range = behind;
            }
            left.addFirst(range);
            return;
        }
        consumer.reads(decision.kept());
        save();
    }
}
