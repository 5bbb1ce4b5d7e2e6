package io.walwire.benchmarks.micro;

import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TextValues;
import io.walwire.internal.codec.TypeKind;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** PostgreSQL's text to a Java value, by type. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ValuesBenchmark {
    /** A type's OID and a value of it. */
    @Param({
        "20 123456",
        "25 a note that is somewhat longer, for row 123456",
        "1700 17636.57",
        "1184 2026-01-02 03:04:05.678901+00",
        "701 0.25",
        "701 41152.333333333336",
        "2950 b25ed9cf-f5b8-4b24-b7b3-5a1e2d3c4b5a"
    })
    private String value;

    private PgType type;
    private byte[] bytes;

    @Setup
    public void split() {
        int space = value.indexOf(' ');
        long oid = Long.parseLong(value.substring(0, space));
        type = PgType.scalar(oid, "measured", TypeKind.ofBuiltIn(oid));
        bytes = value.substring(space + 1).getBytes(StandardCharsets.UTF_8);
    }

    @Benchmark
    public Object decode() {
        return TextValues.decode(type, bytes, 0, bytes.length);
    }
}
