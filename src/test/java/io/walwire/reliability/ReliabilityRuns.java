package io.walwire.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.reliability.Runs.Course;
import io.walwire.reliability.Runs.Run;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Plays one random history after the other, over all versions and modes, until there are enough faults in
 * {@code docs/reliability-runs.tsv}. No part of the suite, by its name; docs/reliability.md says how it is started. When it is
 * interrupted, the next one goes on with what is missing.
 */
class ReliabilityRuns {
    private static final Path FILE = Path.of(System.getProperty("walwire.runs.file", "docs/reliability-runs.tsv"));
    private static final int FAULTS = Integer.getInteger("walwire.runs.faults", 2_000);
    private static final int AT_ONCE = Integer.getInteger("walwire.runs.at-once", 2);
    private static final int SECONDS = Integer.getInteger("walwire.runs.seconds", 45);
    private static final int LONGEST_VERDICT = 300;

    private final List<Course> inPlay = new ArrayList<>();
    private final String commit = commit();

    /** Of the checkout, with a plus where sources differ from it. */
    private static String commit() {
        String head = git("rev-parse", "--short", "HEAD");
        return git("status", "--porcelain", "--", "src", "pom.xml").isEmpty() ? head : head + "+";
    }

    private static String git(String... args) {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(args));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "unknown";
        }
    }

    @Test
    @Timeout(value = 24, unit = TimeUnit.HOURS)
    void playedUntilThereAreEnough_nothingLost() throws Exception {
        Runs runs = Runs.read(FILE);
        print("so far " + runs.total() + "; wanted: " + FAULTS + " faults");
        ExecutorService players = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<Integer>> playing = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                playing.add(players.submit(() -> playOn(runs)));
            }
            int bad = 0;
            for (Future<Integer> each : playing) {
                bad += each.get();
            }
            assertThat(bad)
                    .as("histories that did not end as promised, see %s", FILE)
                    .isZero();
        } finally {
            players.shutdownNow();
        }
    }

    /** Returns how many histories did not end as promised. */
    private int playOn(Runs runs) {
        int bad = 0;
        while (runs.faults() < FAULTS) {
            Course course = begin(runs);
            try {
                Run run = play(course, ThreadLocalRandom.current().nextLong(1_000_000_000));
                print(run.toString().replace('\t', ' '));
                print(runs.add(run));
                bad += run.isOk() ? 0 : 1;
            } finally {
                end(course);
            }
        }
        return bad;
    }

    private synchronized Course begin(Runs runs) {
        Course course = runs.next(inPlay).orElseThrow();
        inPlay.add(course);
        return course;
    }

    private synchronized void end(Course course) {
        inPlay.remove(course);
    }

    private Run play(Course course, long seed) {
        String name = "run-" + course.mode().name().toLowerCase(java.util.Locale.ROOT) + "-" + seed;
        print("playing " + course + ", seed " + seed);
        try {
            return run(course, seed, new Play(course.version(), course.mode(), name, seed, SECONDS).verdict());
        } catch (Throwable e) {
            return new Run(now(), course, seed, commit, 0, "", 0, 0, 0, 0, oneLine("no verdict: " + e));
        }
    }

    private Run run(Course course, long seed, Verdict verdict) {
        List<String> complaints = verdict.complaints();
        return new Run(
                now(),
                course,
                seed,
                commit,
                verdict.faults().values().stream().mapToInt(Integer::intValue).sum(),
                verdict.faults().toString(),
                verdict.transactions(),
                verdict.events(),
                verdict.duplicates(),
                verdict.losses(),
                complaints.isEmpty()
                        ? Run.OK
                        : oneLine((verdict.serverDiffers() ? Run.SERVER_DIFFERS + ": " : "") + complaints.size()
                                + " complaints: " + complaints.get(0)));
    }

    private static String now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static String oneLine(String text) {
        String line = text.replaceAll("\\s+", " ");
        return line.substring(0, Math.min(line.length(), LONGEST_VERDICT));
    }

    /** Progress. */
    private static void print(String line) {
        System.out.println(now() + " " + line);
    }
}
