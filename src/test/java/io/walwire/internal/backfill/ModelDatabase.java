package io.walwire.internal.backfill;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.Snapshot;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A database with one table, random writers, and a log of what they have committed. On a primary a transaction is in the log before
 * others see it, and keeps the locks of its rows until then.
 */
final class ModelDatabase {
    static final int BLOCKS = 6;
    private static final int KEYS = 14;
    private static final int MAX_OPEN = 4;

    final List<Committed> log = new ArrayList<>();
    final Map<String, ModelRow> visible = new TreeMap<>();
    int fileNode = 1;

    private final Random random;
    private final ModelSettings settings;
    private final List<Writer> writers = new ArrayList<>();
    private final Set<String> locked = new HashSet<>();
    private long nextXid;
    private long lastEnded;
    private long version;

    /** A transaction in the log. */
    record Committed(long xid, List<RowChange> changes, List<@Nullable ModelRow> before) {}

    /** A transaction that others do not see yet. */
    private final class Writer {
        final long xid = nextXid++;
        final Map<String, @Nullable ModelRow> changed = new LinkedHashMap<>();
        final List<RowChange> changes = new ArrayList<>();
        final List<@Nullable ModelRow> before = new ArrayList<>();
        boolean truncates;
        boolean committed;

        @Nullable
        ModelRow now(String key) {
            return changed.containsKey(key) ? changed.get(key) : truncates ? null : visible.get(key);
        }
    }

    ModelDatabase(Random random, ModelSettings settings) {
        this.random = random;
        this.settings = settings;
        this.nextXid = settings.firstXid();
        this.lastEnded = nextXid - 1;
        for (int i = 0; i < KEYS; i++) {
            ModelRow row = new ModelRow("k" + i, version++, "n", "large " + i, random.nextInt(BLOCKS));
            if (random.nextBoolean()) {
                visible.put(row.key(), row);
            }
        }
    }

    /**
     * Of a primary nothing is listed above the newest transaction that has ended.
     *
     * @param delivered how much of the log was delivered; a standby has replayed at least that
     */
    Snapshot snapshot(int delivered) {
        long xmax = settings.standby() ? nextXid : lastEnded + 1;
        Set<Long> running = writers.stream()
                .map(writer -> writer.xid)
                .filter(xid -> xid < xmax)
                .collect(Collectors.toSet());
        long xmin = running.stream().min(Long::compare).orElse(xmax);
        if (settings.naive() == ModelSettings.Naive.STANDBY_LIST && settings.standby()) {
            return new Snapshot(xmin, xmax, Set.of());
        }
        return settings.standby()
                ? Snapshot.parseOfStandby(
                        xmin + ":" + xmax + ":", new Lsn(delivered + random.nextInt(log.size() - delivered + 1)))
                : new Snapshot(xmin, xmax, running);
    }

    /** As the server prints it, after a transaction that ends at once. */
    Snapshot printed() {
        lastEnded = nextXid++;
        Snapshot sees = snapshot(0);
        return new Snapshot(sees.xmin(), nextXid, sees.running());
    }

    /** Whether a TRUNCATE keeps others from reading. */
    boolean isLocked() {
        return writers.stream().anyMatch(writer -> writer.truncates);
    }

    boolean isQuiet() {
        return writers.isEmpty();
    }

    /** A writer does something. */
    void step(boolean begin) {
        if (begin && writers.size() < MAX_OPEN && random.nextInt(3) == 0) {
            writers.add(new Writer());
        }
        if (writers.isEmpty()) {
            return;
        }
        Writer writer = writers.get(random.nextInt(writers.size()));
        if (writer.committed) {
            becomeVisible(writer);
        } else if (begin && random.nextInt(4) > 0) {
            change(writer);
        } else if (random.nextInt(6) == 0) {
            release(writer);
        } else {
            log.add(new Committed(writer.xid, List.copyOf(writer.changes), new ArrayList<>(writer.before)));
            writer.committed = true;
            if (settings.standby()) {
                becomeVisible(writer); // it sends what it has replayed
            }
        }
    }

    private void becomeVisible(Writer writer) {
        if (writer.truncates) {
            visible.clear();
            fileNode++;
        }
        writer.changed.forEach((key, row) -> {
            if (row == null) {
                visible.remove(key);
            } else {
                visible.put(key, row);
            }
        });
        release(writer);
    }

    private void release(Writer writer) {
        locked.removeAll(writer.changed.keySet());
        writers.remove(writer);
        lastEnded = Math.max(lastEnded, writer.xid);
    }

    private void change(Writer writer) {
        if (writers.size() == 1 && writer.changed.isEmpty() && random.nextInt(40) == 0) {
            writer.truncates = true;
            add(writer, RowChange.truncate(), new ModelRow("", version++, "", "", 0));
            return;
        }
        if (writers.stream().anyMatch(other -> other != writer && other.truncates)) {
            return; // waits for its lock
        }
        String key = "k" + random.nextInt(KEYS);
        if (!lock(writer, key)) {
            return;
        }
        ModelRow now = writer.now(key);
        writer.changed.putIfAbsent(key, now);
        if (now == null) {
            ModelRow row = new ModelRow(key, version++, name(), "large " + version, random.nextInt(BLOCKS));
            writer.changed.put(key, row);
            add(writer, inserted(row), null);
        } else if (random.nextInt(4) == 0) {
            writer.changed.put(key, null);
            version++;
            add(writer, deleted(now), now);
        } else if (settings.partitions() && random.nextInt(5) == 0) {
            ModelRow row = new ModelRow(key, version++, now.name(), now.large(), random.nextInt(BLOCKS));
            writer.changed.put(key, row);
            add(writer, deleted(now), now);
            add(writer, inserted(row), now);
        } else {
            update(writer, now);
        }
    }

    private boolean lock(Writer writer, String key) {
        if (locked.contains(key) && !writer.changed.containsKey(key)) {
            return false;
        }
        locked.add(key);
        return true;
    }

    private void update(Writer writer, ModelRow now) {
        String key = "k" + random.nextInt(KEYS);
        boolean moves = settings.exactlyOnce() && random.nextInt(8) == 0 && !key.equals(now.key()) && lock(writer, key);
        if (moves && writer.now(key) != null) {
            writer.changed.putIfAbsent(key, writer.now(key));
            moves = false; // it is taken, and stays locked
        }
        boolean sends = random.nextInt(3) == 0;
        ModelRow row = new ModelRow(
                moves ? key : now.key(),
                version++,
                random.nextBoolean() ? now.name() : name(),
                sends ? "large " + version : now.large(),
                random.nextInt(3) == 0 ? random.nextInt(BLOCKS) : now.block());
        ModelRow sent = sends ? row : new ModelRow(row.key(), row.version(), row.name(), null, 0);
        List<TableKey> keys = moves ? List.of(row.tableKey(), now.tableKey()) : List.of(row.tableKey());
        boolean known = random.nextInt(settings.unknownKeys()) > 0;
        if (moves) {
            writer.changed.put(now.key(), null);
        }
        writer.changed.put(row.key(), row);
        add(
                writer,
                new RowChange(
                        RowChange.Kind.UPDATE,
                        known ? keys : null,
                        row.tableKey(),
                        !sends,
                        sent.tuple(),
                        ModelRow.COLUMNS),
                now);
    }

    private static RowChange inserted(ModelRow row) {
        return new RowChange(
                RowChange.Kind.INSERT, List.of(row.tableKey()), row.tableKey(), false, row.tuple(), ModelRow.COLUMNS);
    }

    private static RowChange deleted(ModelRow row) {
        return new RowChange(RowChange.Kind.DELETE, List.of(row.tableKey()), null, false, null, ModelRow.COLUMNS);
    }

    private static void add(Writer writer, RowChange change, @Nullable ModelRow before) {
        writer.changes.add(change);
        writer.before.add(before);
    }

    private String name() {
        return "n" + random.nextInt(3);
    }
}
