package io.walwire.benchmarks.micro;

import io.walwire.event.Column;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.dispatch.CallBoundary;
import io.walwire.internal.dispatch.CallContext;
import io.walwire.internal.dispatch.Declarations;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.listener.Listeners;
import io.walwire.internal.pgoutput.PgOutput;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.transaction.SchemaHistory;
import io.walwire.internal.transaction.StreamFacts;
import io.walwire.internal.transaction.Subscriptions;
import io.walwire.internal.transaction.TableFacts;
import io.walwire.internal.transaction.TransactionAssembler;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Bytes to handler: decoder, transaction stage and dispatch of a transaction of 100 inserts; the unit is one insert. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class DispatchBenchmark {
    private static final int ROWS = 100;

    /** All are ten columns by name; a record is made by hand or by Walwire; JSON is a text or goes to a stream. */
    @Param({"nothing", "all", "hand", "record", "string", "json"})
    private String reads;

    @Param({"text", "binary"})
    private String format;

    /** The number of handlers for other tables, which are never called. */
    @Param({"0"})
    private int otherTables;

    private final ByteBuffer begin = ByteBuffer.wrap(Wire.begin(100));
    private ByteBuffer insert;
    private final ByteBuffer commit = ByteBuffer.wrap(Wire.commit(100));
    private final PgOutput decoder = new PgOutput();
    private TransactionAssembler assembler;
    private Dispatcher dispatcher;
    private final OutputStream out = OutputStream.nullOutputStream();
    private long sink;

    /** A row of the wide tables. */
    public record Wide(
            Long id,
            Integer amount,
            Long total,
            String name,
            String note,
            BigDecimal price,
            Instant changedAt,
            Boolean active,
            Double ratio,
            UUID token) {}

    @Setup
    public void assemble() {
        insert = ByteBuffer.wrap(format.equals("binary") ? Wire.binaryInsert() : Wire.insert());
        assembler = new TransactionAssembler(
                new StreamFacts("shop", "0", false, new SchemaHistory()), new Everything(), 16 << 20);
        Map<Integer, PgType> types = new HashMap<>();
        for (int oid : Wire.TYPES) {
            types.put(oid, PgType.scalar(oid, "measured", TypeKind.ofBuiltIn(oid)));
        }
        assembler.define(
                (PgOutputMessage.Relation) PgOutput.decode(ByteBuffer.wrap(Wire.relation())),
                new TableFacts(types, List.of("id"), false, false));
        dispatcher = new Dispatcher(
                "benchmark",
                new ThreadGroup("benchmark"),
                new Dispatcher.Limits(1, 256, Duration.ofSeconds(30)),
                new CallContext(wait -> false, CallBoundary.NONE, Listeners.none()));
        EventHandler handler = reads.equals("record")
                ? on -> on.table("wide", Wide.class)
                        .onInserts(rows ->
                                rows.forEach(event -> sink += event.row().hashCode()))
                : on -> on.table("wide").onInserts(rows -> rows.forEach(this::read));
        dispatcher.add(Declarations.of(handler, FailurePolicy.stop()));
        for (int i = 0; i < otherTables; i++) {
            String other = "other_" + i;
            dispatcher.add(Declarations.of(on -> on.table(other).onInserts(rows -> sink++), FailurePolicy.stop()));
        }
    }

    private void read(RowEvent<Row> event) {
        switch (reads) {
            case "nothing" -> sink++;
            case "all" -> {
                for (Column column : event.row().columns()) {
                    sink += event.row().get(column.name()).hashCode();
                }
            }
            case "hand" -> sink += wide(event.row()).hashCode();
            case "string" -> sink += event.toJson().length();
            default -> {
                try {
                    event.writeJson(out);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private static Wide wide(Row row) {
        return new Wide(
                row.getLong("id"),
                row.getInt("amount"),
                row.getLong("total"),
                row.getString("name"),
                row.getString("note"),
                row.getBigDecimal("price"),
                row.getInstant("changed_at"),
                row.getBoolean("active"),
                row.getDouble("ratio"),
                row.getUuid("token"));
    }

    @Benchmark
    @OperationsPerInvocation(ROWS)
    public long handle() throws InterruptedException {
        assembler.accept(decoder.next(begin));
        for (int i = 0; i < ROWS; i++) {
            assembler.accept(decoder.next(insert));
        }
        Transaction transaction = assembler.accept(decoder.next(commit));
        dispatcher.complete(transaction);
        return sink;
    }

    @TearDown
    public void close() {
        dispatcher.close();
    }

    private static final class Everything implements Subscriptions {
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
