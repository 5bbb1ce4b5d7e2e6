package io.walwire.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.cli.pretty.Palette;
import io.walwire.event.Kind;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SummaryTest {
    @Test
    void percentile_isTheSmallestThatEnoughStayBelow() {
        List<Long> latencies =
                LongStream.rangeClosed(1, 200).map(i -> i * 1_000_000).boxed().toList();
        Summary summary = new Summary(Map.of(), latencies, 0, "");

        assertThat(summary.percentile(50)).isEqualTo("100.0 ms");
        assertThat(summary.percentile(99)).isEqualTo("198.0 ms");
    }

    @Test
    void percentile_ofNothing_isUnknown() {
        assertThat(new Summary(Map.of(), List.of(), 0, "").percentile(99)).isEqualTo("unknown");
    }

    @Test
    void print_plain_countsKinds_andSaysWhatIsNext() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Summary summary =
                new Summary(Map.of(Kind.INSERT, 3L, Kind.DELETE, 1L), List.of(1_500_000L, 500_000L), 2, "All read.");

        summary.print(new PrintStream(out, true, StandardCharsets.UTF_8), new Palette(false), 2);

        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("2 of 2 transactions seen, 4 changes: 3 inserts, 0 updates, 1 deletes")
                .contains("Handlers acted 2 times; commit to handler p50 0.5 ms, p99 1.5 ms")
                .contains("All read.\n", "bin/walwire tail --url")
                .doesNotContain("\u001B");
    }

    @Test
    void palette_coloursKindsApart() {
        Palette palette = new Palette(true);

        assertThat(List.of(palette.sign(Kind.INSERT), palette.sign(Kind.UPDATE), palette.sign(Kind.DELETE)))
                .doesNotHaveDuplicates()
                .allMatch(sign -> sign.startsWith("\u001B[") && sign.endsWith("\u001B[0m"));
        assertThat(new Palette(false).sign(Kind.UPDATE)).isEqualTo("~");
    }
}
