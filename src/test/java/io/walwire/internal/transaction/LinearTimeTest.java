package io.walwire.internal.transaction;

import static io.walwire.internal.transaction.Tables.column;
import static io.walwire.internal.transaction.Tables.event;
import static io.walwire.internal.transaction.Tables.insert;
import static io.walwire.internal.transaction.Tables.relation;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.walwire.error.ValueException;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.pgoutput.MessageBytes;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.testing.HostileContents;
import io.walwire.testing.Typed;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What takes the square of its length in many readers, eight times as long: it may not take much more than eight times as much. */
class LinearTimeTest {
    private static final int TIMES = 8;

    /** The square would be 64 times; what is measured on a busy machine is not exact. */
    private static final int MAX_TIMES = 32;

    /** What is over sooner is not measured, since it may be anything. */
    private static final long MEASURABLE_NANOS = 3_000_000;

    private static final PgType TEXT = PgType.text(25, "text");
    private static final PgType JSON = PgType.JSON;
    private static final PgType NUMERIC = PgType.scalar(1700, "numeric", TypeKind.NUMERIC);

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    static Stream<Arguments> contents() {
        return Stream.of(
                of("long number", JSON, 100_000, HostileContents::digits),
                of("nested", JSON, 100_000, HostileContents::nested),
                of(
                        "names",
                        JSON,
                        10_000,
                        count ->
                                HostileContents.collidingNames(Integer.SIZE - 1 - Integer.numberOfLeadingZeros(count))),
                of("escapes", JSON, 50_000, count -> "\"" + "\\u0041".repeat(count) + "\""),
                of("spaces", JSON, 200_000, count -> " ".repeat(count) + "1"),
                of("numeric", NUMERIC, 16_000, count -> "1" + "0".repeat(count)),
                of("elements", PgType.array(1009, TEXT), 20_000, count -> "{" + "a,".repeat(count) + "a}"),
                of("quotes", PgType.array(1009, TEXT), 50_000, count -> "{\"" + "\\\\".repeat(count) + "\"}"),
                of("braces", PgType.array(1009, TEXT), 100_000, count -> "{".repeat(count)),
                of("bytea", PgType.scalar(17, "bytea", TypeKind.BYTEA), 50_000, count -> "\\\\".repeat(count)),
                of("interval", PgType.scalar(1186, "interval", TypeKind.INTERVAL), 20_000, count -> "1 day "
                        .repeat(count)));
    }

    private static Arguments of(String name, PgType type, int count, IntFunction<String> content) {
        return Arguments.of(name, type, count, content);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("contents")
    void content_eightTimesAsLong(String name, PgType type, int count, IntFunction<String> content) {
        long small = least(message(content.apply(count)), type);
        long large = least(message(content.apply(TIMES * count)), type);
        assertThat(large)
                .as("nanoseconds for %s, of %s before", name, small)
                .isLessThan(MAX_TIMES * Math.max(small, MEASURABLE_NANOS));
    }

    private static MessageBytes message(String text) {
        return insert(16384, new Cell('t', text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Of this thread alone, so that it counts nothing of what else the machine does. */
    private long least(MessageBytes message, PgType type) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            long before = threads.getCurrentThreadCpuTime();
            readAll(message, type);
            least = Math.min(least, threads.getCurrentThreadCpuTime() - before);
        }
        return least;
    }

    private static void readAll(MessageBytes message, PgType type) {
        TableFacts facts = new TableFacts(Map.of((int) type.oid(), type), List.of("a"), false, false);
        ReceivedRow event = event(
                relation(16384, "t", ReplicaIdentity.DEFAULT, column(true, "a", (int) type.oid())), facts, message);
        assertThat(event.toJson().isEmpty()).isFalse();
        assertThat(event.key()).isEqualTo(Typed.row(event.detach()).key());
        assertThat(RowKeys.certain(event)).hasSize(1);
        assertThat(RowKeys.possible(event)).hasSize(1);
        try {
            event.row().get("a");
        } catch (ValueException refused) {
            assertThat(refused.column()).isEqualTo("a");
        }
    }
}
