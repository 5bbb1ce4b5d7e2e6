package io.walwire.benchmarks;

import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.connection.catalog.TableShape;
import io.walwire.internal.connection.catalog.TableShape.ShapeColumn;
import io.walwire.internal.pgoutput.PgOutput;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.SchemaHistory;
import io.walwire.internal.transaction.StreamFacts;
import io.walwire.internal.transaction.Subscriptions;
import io.walwire.internal.transaction.TableFacts;
import io.walwire.internal.transaction.TransactionAssembler;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.internal.watch.Watches;
import io.walwire.watch.Watch;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What watches cost the handler thread: events a second that are delivered with no, 1,000 and 100,000 subscriptions to single
 * rows; with {@code memory}, what 100,000 of them take. Run with {@code java -cp benchmarks/target/classes:benchmarks/target/lib/* io.walwire.benchmarks.WatchLookup}.
 */
public final class WatchLookup {
    static final String MEMORY = "memory";
    private static final int TABLE = 1;
    private static final int INT8 = 20;
    private static final int TEXT = 25;
    private static final int EVENTS_PER_TRANSACTION = 1_000;
    private static final int KEYS = 100_000;
    private static final long ROUND_NANOS = 2_000_000_000L;
    private static final int ROUNDS = 4;

    private final AtomicLong delivered = new AtomicLong();

    /** Deliveries cost the handler thread no more than handing over: nobody is measured who would take them. */
    private final Executor inline = Runnable::run;

    private WatchLookup() {}

    /**
     * Prints a line for each number of subscriptions.
     *
     * @param arguments none, or {@code memory}
     */
    public static void main(String[] arguments) {
        if (arguments.length > 0) {
            System.out.printf(Locale.ROOT, "%f%n", new WatchLookup().megabytes());
            return;
        }
        System.out.println("subscriptions, events/s, ns/event, deliveries/event");
        new WatchLookup().measure("0, 1 to another table", 0, true);
        new WatchLookup().measure("1,000", 1_000, false);
        new WatchLookup().measure("100,000", KEYS, false);
    }

    /** Of the heap, each subscription made as a page of an application makes its own. */
    private double megabytes() {
        Watches watches = new Watches("lookup", new ThreadGroup("lookup"), new Shapes());
        double before = usedBytes();
        for (long key = 0; key < KEYS; key++) {
            watches.watch(TableName.parse("item")).key(key).subscribe(inline, event -> delivered.incrementAndGet());
        }
        double megabytes = (usedBytes() - before) / (1 << 20);
        watches.end(null);
        return megabytes;
    }

    private static double usedBytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private void measure(String label, int subscriptions, boolean another) {
        Watches watches = new Watches("lookup", new ThreadGroup("lookup"), new Shapes());
        Watch item = watches.watch(TableName.parse("item"));
        for (long key = 0; key < subscriptions; key++) {
            item.key(key).keysOnly().subscribe(inline, event -> delivered.incrementAndGet());
        }
        if (another) {
            watches.watch(TableName.parse("other")).subscribe(inline, event -> {});
        }
        List<TransactionPart> transactions = transactions();
        double best = 0;
        double perEvent = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long before = delivered.get();
            long passed = 0;
            long began = System.nanoTime();
            long took = 0;
            while (took < ROUND_NANOS) {
                for (TransactionPart transaction : transactions) {
                    watches.deliver(transaction);
                }
                passed += (long) transactions.size() * EVENTS_PER_TRANSACTION;
                took = System.nanoTime() - began;
            }
            best = Math.max(best, passed * 1e9 / took);
            perEvent = (delivered.get() - before) / (double) passed;
        }
        System.out.printf("%s, %,.0f, %.1f, %.2f%n", label, best, 1e9 / best, perEvent);
        watches.end(null);
    }

    /** Updates of each key once, in an order without a pattern. */
    private static List<TransactionPart> transactions() {
        TransactionAssembler assembler = new TransactionAssembler(
                new StreamFacts("shop", "0", false, new SchemaHistory()), new Everything(), Long.MAX_VALUE);
        assembler.define(
                new Relation(
                        TABLE,
                        "public",
                        "item",
                        ReplicaIdentity.DEFAULT,
                        List.of(new RelationColumn(true, "id", INT8, -1), new RelationColumn(false, "note", TEXT, -1))),
                new TableFacts(
                        Map.of(INT8, PgType.scalar(INT8, "int8", TypeKind.INT8), TEXT, PgType.text(TEXT, "text")),
                        List.of(),
                        false,
                        false));
        List<TransactionPart> transactions = new ArrayList<>();
        for (int i = 0; i < KEYS / EVENTS_PER_TRANSACTION; i++) {
            Lsn lsn = new Lsn(16L * (i + 1));
            assembler.accept(new Begin(lsn, Instant.EPOCH, i));
            for (int j = 0; j < EVENTS_PER_TRANSACTION; j++) {
                long key = (i * (long) EVENTS_PER_TRANSACTION + j) * 7_919 % KEYS;
                byte[] update = update(key);
                assembler.accept(PgOutput.decode(update, 0, update.length));
            }
            transactions.add(Objects.requireNonNull(assembler.accept(new Commit(lsn, lsn, Instant.EPOCH))));
        }
        return transactions;
    }

    private static byte[] update(long key) {
        byte[] id = Long.toString(key).getBytes(StandardCharsets.UTF_8);
        byte[] note = "a note of some forty characters, as it is".getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(1 + 4 + 1 + 2 + 2 * 5 + id.length + note.length)
                .put((byte) 'U')
                .putInt(TABLE)
                .put((byte) 'N')
                .putShort((short) 2)
                .put((byte) 't')
                .putInt(id.length)
                .put(id)
                .put((byte) 't')
                .putInt(note.length)
                .put(note)
                .array();
    }

    private record Shapes() implements Watches.Tables {
        @Override
        public TableShape shape(TableName table) {
            return new TableShape(
                    true,
                    true,
                    List.of("events"),
                    List.of(),
                    Map.of("id", new ShapeColumn("int8", INT8), "note", new ShapeColumn("text", TEXT)),
                    Set.of(),
                    List.of("id"),
                    Set.of("id"),
                    false);
        }

        @Override
        public boolean isSubscribed(TableName table) {
            return true;
        }
    }

    private record Everything() implements Subscriptions {
        @Override
        public boolean includes(String schema, String table) {
            return true;
        }

        @Override
        public int version() {
            return 0;
        }

        @Override
        public Subscriptions now() {
            return this;
        }
    }
}
