package io.walwire.benchmarks.micro;

import io.walwire.event.Column;
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
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    @Param({"nothing", "all", "json"})
    private String reads;

    /** The number of handlers for other tables, which are never called. */
    @Param({"0", "1000"})
    private int otherTables;

    private final ByteBuffer begin = ByteBuffer.wrap(Wire.begin(100));
    private final ByteBuffer insert = ByteBuffer.wrap(Wire.insert());
    private final ByteBuffer commit = ByteBuffer.wrap(Wire.commit(100));
    private final PgOutput decoder = new PgOutput();
    private TransactionAssembler assembler;
    private Dispatcher dispatcher;
    private long sink;

    @Setup
    public void assemble() {
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
        EventHandler handler = on -> on.table("wide")
                .onInserts(rows -> rows.forEach(row -> {
                    if (reads.equals("json")) {
                        sink += row.toJson().length();
                    } else if (reads.equals("all")) {
                        for (Column column : row.afterRow().columns()) {
                            sink += row.afterRow().get(column.name()).hashCode();
                        }
                    } else {
                        sink++;
                    }
                }));
        dispatcher.add(Declarations.of(handler, FailurePolicy.stop()));
        for (int i = 0; i < otherTables; i++) {
            String other = "other_" + i;
            dispatcher.add(Declarations.of(on -> on.table(other).onInserts(rows -> sink++), FailurePolicy.stop()));
        }
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
