package io.walwire.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.reliability.Runs.Course;
import io.walwire.reliability.Runs.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file that a runner goes on with, as an interruption may have left it. */
class RunsFileTest {
    private static final Course FIRST = new Course(14, Mode.TEXT);

    private static Run run(Course course, int faults, long lost, String verdict) {
        return new Run("2026-01-01T00:00:00Z", course, 7, "abc", faults, "{}", 10, 20, 5, lost, verdict);
    }

    @Test
    void interrupted_whatIsInTheFileCounts_andHalfALineDoesNot(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("runs.tsv");
        Runs runs = Runs.read(file);
        runs.add(run(FIRST, 14, 0, Run.OK));
        String sum = runs.add(run(new Course(18, Mode.PROMOTION), 15, 2, "2 complaints: lost"));
        assertThat(sum).contains("histories 2", "faults 29", "events 40", "lost 2", "not as promised 1");
        Files.writeString(file, "2026-01-01T00:00:00Z\t14\tTE", StandardOpenOption.APPEND);
        Runs again = Runs.read(file);
        assertThat(again.total()).isEqualTo(sum);
        again.add(run(FIRST, 1, 0, Run.OK));
        assertThat(Runs.read(file).faults()).isEqualTo(30);
    }

    @Test
    void serverDiffers_isNotAsPromised(@TempDir Path directory) throws IOException {
        Runs runs = Runs.read(directory.resolve("runs.tsv"));
        runs.add(run(FIRST, 14, 1, "1 complaints: lost"));
        assertThat(runs.add(run(FIRST, 14, 1, Run.SERVER_DIFFERS + ": 1 complaints: lost")))
                .contains("lost 1, not as promised 2, of which the server differs 1");
    }

    @Test
    void next_leastPlayed_andNotInPlay(@TempDir Path directory) throws IOException {
        Runs runs = Runs.read(directory.resolve("runs.tsv"));
        List<Course> all = Course.all();
        assertThat(all).contains(FIRST, new Course(17, Mode.PROMOTION)).doesNotContain(new Course(16, Mode.PROMOTION));
        all.subList(1, all.size()).forEach(course -> runs.add(run(course, 14, 0, Run.OK)));
        assertThat(runs.next(List.of())).contains(FIRST);
        assertThat(runs.next(List.of(FIRST))).isPresent().get().isNotEqualTo(FIRST);
    }
}
