package io.walwire.benchmarks.micro;

import io.walwire.internal.pgoutput.PgOutput;
import io.walwire.internal.pgoutput.PgOutputMessage;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Bytes to a message; no value is decoded. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class DecoderBenchmark {
    private final PgOutput decoder = new PgOutput();
    private final ByteBuffer insert = ByteBuffer.wrap(Wire.insert());
    private final ByteBuffer begin = ByteBuffer.wrap(Wire.begin(100));

    @Benchmark
    public PgOutputMessage insert() {
        return decoder.next(insert);
    }

    @Benchmark
    public PgOutputMessage begin() {
        return decoder.next(begin);
    }
}
