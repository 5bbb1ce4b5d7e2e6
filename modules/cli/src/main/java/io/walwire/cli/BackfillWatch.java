package io.walwire.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.walwire.cli.pretty.Palette;
import io.walwire.cli.pretty.ProgressBar;
import io.walwire.cli.pretty.Screen;
import io.walwire.cli.signal.Signals;
import io.walwire.internal.text.Printable;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Shows how far runs have come, until they have ended. */
final class BackfillWatch {
    private static final int LINES_EVERY_LOOKS = 5;

    private final Screen screen;
    private final boolean isJson;
    private final Signals signals;
    private final Palette palette = Palette.ofTerminal();
    private final CountDownLatch stop = new CountDownLatch(1);

    /** How far each run was when it was first seen to be read. */
    private final Map<List<String>, Start> starts = new HashMap<>();

    private final Map<List<String>, BackfillRows.Run> shown = new HashMap<>();

    private record Start(long rows, long bytes, long nanos) {}

    BackfillWatch(Screen screen, boolean isJson, Signals signals) {
        this.screen = screen;
        this.isJson = isJson;
        this.signals = signals;
    }

    /**
     * Looks each second.
     *
     * @param runs gives them as they are now
     * @param first as they were; those that have ended are not watched
     * @return 1 if one fails or is cancelled
     */
    int watch(OnBackfillRows.Runs runs, List<BackfillRows.Run> first) throws SQLException, IOException {
        signals.onSignal(stop::countDown);
        Set<List<String>> watched = first.stream()
                .filter(BackfillRows.Run::goesOn)
                .map(BackfillWatch::key)
                .collect(Collectors.toSet());
        if (watched.isEmpty()) {
            screen.print(List.of("no run goes on"));
            return 0;
        }
        boolean failed = false;
        for (int look = 0; !watched.isEmpty(); look++) {
            List<BackfillRows.Run> now = runs.now().stream()
                    .filter(run -> watched.contains(key(run)))
                    .toList();
            for (BackfillRows.Run run : now) {
                if (!run.goesOn()) {
                    watched.remove(key(run));
                    failed |= !run.state().equals("done");
                    screen.print(List.of(isJson ? BackfillList.json(run, null) : BackfillList.line(run)));
                }
            }
            watched.retainAll(
                    now.stream().map(BackfillWatch::key).toList()); // somebody may have deleted the rows of a run
            show(now.stream().filter(BackfillRows.Run::goesOn).toList(), look % LINES_EVERY_LOOKS == 0);
            if (!watched.isEmpty() && isStopped()) {
                break;
            }
        }
        screen.status("");
        return failed ? 1 : 0;
    }

    private static List<String> key(BackfillRows.Run run) {
        return List.of(run.systemId(), run.slot(), run.id());
    }

    private boolean isStopped() {
        try {
            return stop.await(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private void show(List<BackfillRows.Run> goOn, boolean isTimeForLines) throws JsonProcessingException {
        for (BackfillRows.Run run : goOn) {
            if (isJson ? !run.equals(shown.put(key(run), run)) : isTimeForLines && !screen.isTerminal()) {
                screen.print(List.of(isJson ? BackfillList.json(run, pace(run)) : line(run, false)));
            }
        }
        String others = goOn.size() > 1 ? "  and " + (goOn.size() - 1) + " more" : "";
        screen.status(goOn.isEmpty() ? "" : line(goOn.get(0), true) + others);
    }

    private String line(BackfillRows.Run run, boolean isBar) {
        String table = Printable.of(run.table());
        if (!run.shownState().equals("running")) {
            return table + "  " + run.shownState();
        }
        ProgressBar pace = pace(run);
        OptionalDouble share = pace.shareOf(run.totalBytes());
        return "reading " + table + "  " + (isBar ? pace.bar(share, palette) : pace.line(share));
    }

    /** Since this began to look. */
    private ProgressBar pace(BackfillRows.Run run) {
        long now = System.nanoTime();
        Start start = starts.computeIfAbsent(key(run), first -> new Start(run.rows(), run.bytes(), now));
        double seconds = (now - start.nanos()) / 1e9;
        long bytes = run.bytes() - start.bytes();
        double left = (double) Math.max(0, run.totalBytes() - run.bytes()) / bytes * seconds;
        @Nullable Duration time = bytes > 0 ? Duration.ofMillis((long) (1000 * left)) : null;
        return new ProgressBar(run.rows(), run.bytes(), seconds > 0 ? (run.rows() - start.rows()) / seconds : 0, time);
    }
}
