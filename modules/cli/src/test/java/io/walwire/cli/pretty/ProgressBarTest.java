package io.walwire.cli.pretty;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private final ProgressBar progress = new ProgressBar(2_000, 50, 300, Duration.ofSeconds(7));
    private final Palette plain = new Palette(false);

    @Test
    void totalThatIsKnown_givesAPercentage() {
        assertThat(progress.line(progress.shareOf(200))).startsWith(" 25 %  2,000 rows  50 B");
        assertThat(progress.bar(progress.shareOf(200), plain)).startsWith("█████░░░░░░░░░░░░░░░  25 %  2,000 rows");
    }

    @Test
    void moreThanTheTotal_isAll() {
        assertThat(progress.line(progress.shareOf(10))).startsWith("100 %  2,000 rows");
    }

    /** As of a run whose table is not measured yet. */
    @Test
    void totalThatIsNotKnown_givesNone() {
        assertThat(progress.shareOf(0)).isEqualTo(OptionalDouble.empty());
        assertThat(progress.line(progress.shareOf(0)))
                .startsWith("2,000 rows  50 B")
                .doesNotContain("%");
        assertThat(progress.bar(progress.shareOf(0), plain)).isEqualTo(progress.line(OptionalDouble.empty()));
    }
}
