package io.walwire.internal.backfill.run;

import io.walwire.internal.backfill.RunNotes;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.log.Logs;
import io.walwire.sink.SinkNote;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The progress of runs whose rows go to a sink that stores it in the group of the rows: both, or neither. The table of the progress has it,
 * too, but later. So an instance that begins goes on with what the sink has stored, as far as it is more.
 *
 * <p>Which of the two is more is decided by their positions. For that, the turn to write the progress is held while a group is being
 * stored: the table of the progress gets no position that is later than the group's and does not include its rows. The keeper has the turn
 * only while it takes what it writes. The group that follows has all of that, and its position is no earlier.
 */
public final class GroupProgress {
    private static final Logger LOG = Logs.of(GroupProgress.class);

    /** Rows in the group that is gathered. Used only by the handler thread, as the field that follows. */
    private final Map<TableRun, List<KeptRows>> gathered = new LinkedHashMap<>();

    /** Rows of the group that is being stored. */
    private final Map<TableRun, Set<KeptRows>> storing = new HashMap<>();

    /** What the sink holds once the groups are stored that it has: the texts of each run. Guarded by this. */
    private final Map<String, RunNotes.Texts> held = new HashMap<>();

    /** Runs of which nothing has to be known any more. Guarded by this. */
    private final Set<String> ended = new HashSet<>();

    /** The sink is open, and holds these. Called by the reader thread before the first stream begins. */
    public synchronized void opened(Collection<SinkNote> notes) {
        Map<String, Map<String, String>> found = new HashMap<>();
        for (SinkNote note : notes) {
            int end = note.name().indexOf(' ');
            if (end > 0 && note.text() != null) {
                found.computeIfAbsent(note.name().substring(end + 1), run -> new HashMap<>())
                        .put(note.name().substring(0, end), note.text());
            }
        }
        found.forEach((run, parts) -> held.put(run, new RunNotes.Texts(parts)));
    }

    private RunNotes.Texts held(String run) {
        return held.getOrDefault(run, new RunNotes.Texts(Map.of()));
    }

    /** Rows are in the group. */
    void gathered(KeptRows rows) {
        gathered.computeIfAbsent(rows.run(), run -> new ArrayList<>()).add(rows);
    }

    /**
     * The group ends. Called by the handler thread, before the sink is to store it.
     *
     * @return what the sink has to store with it
     * @throws InterruptedException if the thread is interrupted while another one takes the progress
     */
    public List<SinkNote> notes() throws InterruptedException {
        List<SinkNote> changed = removed();
        for (Map.Entry<TableRun, List<KeptRows>> each : gathered.entrySet()) {
            TableRun run = each.getKey();
            if (storing.containsKey(run)) {
                throw new IllegalStateException("Rows of the group before are not handled");
            }
            run.saves().acquire();
            RunNotes.Progress progress = KeptRows.progress(run, each.getValue());
            if (progress == null) {
                run.saves().release();
            } else {
                storing.put(run, new HashSet<>(each.getValue()));
                changed.addAll(changed(progress));
            }
        }
        gathered.clear();
        return changed;
    }

    private synchronized List<SinkNote> removed() {
        List<SinkNote> removed = new ArrayList<>();
        for (String run : ended) {
            RunNotes.Texts texts = held.remove(run);
            if (texts != null) {
                texts.parts().keySet().forEach(part -> removed.add(note(run, part, null)));
            }
        }
        ended.clear();
        return removed;
    }

    private synchronized List<SinkNote> changed(RunNotes.Progress progress) {
        List<SinkNote> changed = new ArrayList<>();
        String run = progress.run().id();
        RunNotes.Texts before = held(run);
        RunNotes.Texts now = RunNotes.of(progress, before);
        before.parts().keySet().stream()
                .filter(part -> !now.parts().containsKey(part))
                .forEach(part -> changed.add(note(run, part, null)));
        now.parts().forEach((part, text) -> {
            if (!text.equals(before.parts().get(part))) {
                changed.add(note(run, part, text));
            }
        });
        held.put(run, now);
        return changed;
    }

    private static SinkNote note(String run, String part, @Nullable String text) {
        return new SinkNote(part + " " + run, text);
    }

    /** Rows are stored, and handled. The turn is given back with the last ones of the group. */
    void handled(KeptRows rows) {
        TableRun run = rows.run();
        Set<KeptRows> left = storing.get(run);
        if (left != null && left.remove(rows) && left.isEmpty()) {
            storing.remove(run);
            run.saves().release();
        }
    }

    /**
     * What the sink has stored of a run.
     *
     * @param run as the table of the progress has it
     * @return null if the sink has not more than the table of the progress
     */
    synchronized RunNotes.@Nullable Progress stored(StoredRun run) {
        try {
            return RunNotes.read(run, held(run.id()).parts());
        } catch (IllegalArgumentException e) {
            LOG.warn(
                    "The progress of the backfill {} of {} that the sink has stored cannot be read: {}. Rows that were stored"
                            + " after the progress in walwire_backfill come again",
                    run.id(),
                    run.table(),
                    e.getMessage());
            return null;
        }
    }

    /** A run has ended, and its row says so: the next group removes its progress. Called by any thread. */
    synchronized void ended(String run) {
        ended.add(run);
    }

    /** All other runs have ended. */
    synchronized void keepOnly(Set<String> runs) {
        held.keySet().stream().filter(run -> !runs.contains(run)).forEach(ended::add);
    }
}
