package io.walwire.testkit;

import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.internal.pgoutput.TupleData;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What one transaction of a {@link WalwireKit} does, in order. The kit looks up no rows: an update or delete says
 * what it was, and the kit sends of it what PostgreSQL would, by the table's replica identity.
 *
 * <p>Rows are maps from column to value, best made by {@link WalwireKit#row}. A column that is not named is NULL. Values are
 * Java's (numbers, booleans, {@code java.time}, {@code UUID}, {@code byte[]}, collections for arrays, anything that Jackson can
 * write for JSON) or text as PostgreSQL prints it.
 */
public final class KitTransaction {
    private final Function<String, KitTable> tables;
    private final List<Step> steps = new ArrayList<>();
    private Instant timestamp = Instant.now().truncatedTo(ChronoUnit.MICROS);
    private @Nullable String origin;

    /** One message, or a point where the connection breaks. */
    sealed interface Step {}

    /** A change of tables, and what it does to the rows that are there. */
    record Change(List<KitTable> tables, byte[] frame, Consumer<KitRows> effect) implements Step {}

    /** A message, whose position is known when the transaction has one. */
    record Emitted(String prefix, byte[] content) implements Step {
        byte[] frame(boolean transactional, Lsn lsn) {
            return new FrameWriter('M')
                    .int8(transactional ? 1 : 0)
                    .int64(lsn.value())
                    .string(prefix)
                    .counted(content)
                    .toBytes();
        }
    }

    /** The connection breaks here, once. */
    record Break() implements Step {}

    KitTransaction(Function<String, KitTable> tables) {
        this.tables = tables;
    }

    /**
     * Inserts a row.
     *
     * @param table as it was declared
     * @param row its values
     * @return this
     */
    public KitTransaction insert(String table, Map<String, ? extends @Nullable Object> row) {
        KitTable of = tables.apply(table);
        requireKnown(of, row);
        FrameWriter out = new FrameWriter('I').int32(of.relation().oid()).int8('N');
        return change(of, tuple(out, of, row), rows -> rows.insert(of, row));
    }

    /**
     * Updates a row. Of the old row, the kit sends all under FULL, and the identity's columns where they change otherwise.
     *
     * @param table as it was declared
     * @param old the whole row before
     * @param changed the columns that are set; {@link WalwireKit#UNCHANGED} for a large value that PostgreSQL would not send
     *     because it did not change
     * @return this
     * @throws IllegalStateException if PostgreSQL would refuse, because the table has no replica identity
     */
    public KitTransaction update(
            String table,
            Map<String, ? extends @Nullable Object> old,
            Map<String, ? extends @Nullable Object> changed) {
        KitTable of = tables.apply(table);
        requireKnown(of, old);
        requireKnown(of, changed);
        requireIdentity(of, "update");
        Map<String, @Nullable Object> now = new LinkedHashMap<>(old);
        now.putAll(changed);
        FrameWriter out = new FrameWriter('U').int32(of.relation().oid());
        if (of.relation().replicaIdentity() == ReplicaIdentity.FULL) {
            tuple(out.int8('O'), of, old);
        } else if (of.identity().stream().anyMatch(column -> !Objects.equals(old.get(column), now.get(column)))) {
            tuple(out.int8('K'), of, only(of.identity(), old));
        }
        return change(of, tuple(out.int8('N'), of, now), rows -> rows.update(of, old, now));
    }

    /**
     * Deletes a row. The kit sends all of it under FULL, and the identity's columns otherwise.
     *
     * @param table as it was declared
     * @param old the row; its identity's columns are enough where no more is sent
     * @return this
     * @throws IllegalStateException as {@link #update}
     */
    public KitTransaction delete(String table, Map<String, ? extends @Nullable Object> old) {
        KitTable of = tables.apply(table);
        requireKnown(of, old);
        requireIdentity(of, "delete");
        FrameWriter out = new FrameWriter('D').int32(of.relation().oid());
        boolean full = of.relation().replicaIdentity() == ReplicaIdentity.FULL;
        tuple(out.int8(full ? 'O' : 'K'), of, full ? old : only(of.identity(), old));
        return change(of, out, rows -> rows.delete(of, old));
    }

    /**
     * Truncates tables in one statement.
     *
     * @param names as they were declared
     * @return this
     */
    public KitTransaction truncate(String... names) {
        return truncate(false, false, names);
    }

    /**
     * Truncates tables in one statement.
     *
     * @param cascade whether the statement said CASCADE
     * @param restartIdentity whether it said RESTART IDENTITY
     * @param names as they were declared
     * @return this
     */
    public KitTransaction truncate(boolean cascade, boolean restartIdentity, String... names) {
        List<KitTable> truncated = List.of(names).stream().map(tables).toList();
        FrameWriter out =
                new FrameWriter('T').int32(truncated.size()).int8((cascade ? 1 : 0) | (restartIdentity ? 2 : 0));
        truncated.forEach(table -> out.int32(table.relation().oid()));
        steps.add(new Change(truncated, out.toBytes(), rows -> truncated.forEach(rows::truncate)));
        return this;
    }

    /**
     * A logical message of this transaction, as {@code pg_logical_emit_message(true, prefix, content)}.
     *
     * @param prefix such as {@code walwire.context}
     * @param content text
     * @return this
     */
    public KitTransaction message(String prefix, String content) {
        return message(prefix, content.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * A logical message of this transaction, of bytes.
     *
     * @param prefix whom it is for
     * @param content any bytes
     * @return this
     */
    public KitTransaction message(String prefix, byte[] content) {
        steps.add(new Emitted(prefix, content.clone()));
        return this;
    }

    /**
     * The connection is lost at this point, once: what came before it in this transaction has arrived, the rest has not. The
     * instance connects again, and the transaction comes again.
     *
     * @return this
     */
    public KitTransaction connectionLost() {
        steps.add(new Break());
        return this;
    }

    /**
     * When the transaction commits, by the server's clock.
     *
     * @param time to the microsecond; now if not called
     * @return this
     */
    public KitTransaction timestamp(Instant time) {
        timestamp = time.truncatedTo(ChronoUnit.MICROS);
        return this;
    }

    /**
     * The replication origin that the transaction came from.
     *
     * @param name its name; none if not called
     * @return this
     */
    public KitTransaction origin(String name) {
        origin = Objects.requireNonNull(name, "name");
        return this;
    }

    List<Step> steps() {
        return steps;
    }

    Instant timestamp() {
        return timestamp;
    }

    @Nullable
    String origin() {
        return origin;
    }

    /** Changes whatever the consumer does, and gives itself. */
    KitTransaction with(Consumer<KitTransaction> changes) {
        changes.accept(this);
        return this;
    }

    private KitTransaction change(KitTable table, FrameWriter frame, Consumer<KitRows> effect) {
        steps.add(new Change(List.of(table), frame.toBytes(), effect));
        return this;
    }

    static void requireKnown(KitTable table, Map<String, ?> row) {
        row.keySet().forEach(table::column);
    }

    private static void requireIdentity(KitTable table, String what) {
        if (table.identity().isEmpty()) {
            throw new IllegalStateException("PostgreSQL would refuse to " + what + " a row of " + table
                    + ", which has no replica identity: declare a primaryKey, or replicaIdentity(FULL)");
        }
    }

    private static Map<String, @Nullable Object> only(
            Set<String> columns, Map<String, ? extends @Nullable Object> row) {
        Map<String, @Nullable Object> picked = new LinkedHashMap<>();
        columns.forEach(column -> picked.put(column, row.get(column)));
        return picked;
    }

    static FrameWriter tuple(FrameWriter out, KitTable table, Map<String, ? extends @Nullable Object> row) {
        List<RelationColumn> columns = table.relation().columns();
        out.int16(columns.size());
        for (RelationColumn column : columns) {
            Object value = row.get(column.name());
            if (value == null) {
                out.int8(TupleData.NULL);
            } else if (value == WalwireKit.UNCHANGED) {
                out.int8(TupleData.UNCHANGED);
            } else {
                String text = ValueText.of(table.type(column), value);
                out.int8(TupleData.TEXT).counted(text.getBytes(StandardCharsets.UTF_8));
            }
        }
        return out;
    }
}
