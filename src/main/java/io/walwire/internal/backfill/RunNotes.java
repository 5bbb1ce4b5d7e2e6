package io.walwire.internal.backfill;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.walwire.event.Lsn;
import io.walwire.internal.text.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a run as texts, for a sink that stores it with the rows: what the rows of the run have in the table of the progress. A
 * group changes few of the texts. Each says to which reading it belongs, because texts of an earlier one may still be there.
 */
public final class RunNotes {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(
                    DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    /** The part of the run itself, as in the table of the progress. Other numbers are OIDs. */
    private static final String RUN = "0";

    private static final String KEYS = "keys-";

    /** A group changes few keys, and so few of these. */
    private static final int KEY_PARTS = 256;

    /** Where a part of the keys is divided: a session that writes rows chooses their keys, and may choose all of them for one part. */
    private static final int PART_BYTES = 64 << 10;

    private RunNotes() {}

    private record OfRun(String reading, String doneTo, boolean done) {}

    private record OfKeys(String reading, List<List<String>> keys) {
        OfKeys {
            if (keys.stream().anyMatch(key -> key == null || key.stream().anyMatch(Objects::isNull))) {
                throw unreadable();
            }
        }
    }

    private record OfLeaf(
            String reading,
            String table,
            long fileNode,
            String ranges,
            boolean done,
            long rows,
            long bytes,
            long totalBytes) {}

    /**
     * What a run has stored.
     *
     * @param run with the keys to read, and where a stream may begin; {@link RunState#DONE} if all its rows are stored, and its end
     * @param leaves how far each leaf has come
     * @param version as {@link KeptProgress#version}; of no use where it was read
     */
    public record Progress(StoredRun run, List<StoredLeaf> leaves, long version) {
        public Progress {
            leaves = List.copyOf(leaves);
        }
    }

    /**
     * The texts of a run.
     *
     * @param parts by the names of their parts
     * @param reading whose progress they are; empty if that is not known
     * @param version of the keys in that reading
     * @param leaves that they are of
     */
    public record Texts(Map<String, String> parts, String reading, long version, Set<StoredLeaf> leaves) {
        public Texts {
            parts = Map.copyOf(parts);
            leaves = Set.copyOf(leaves);
        }

        /** Of an instance that has ended. */
        public Texts(Map<String, String> parts) {
            this(parts, "", -1, Set.of());
        }
    }

    /**
     * Writes the texts.
     *
     * @param progress of a run
     * @param before what was written before; texts of what is the same are taken from there
     * @return all of them
     */
    public static Texts of(Progress progress, Texts before) {
        StoredRun run = progress.run();
        String reading = run.reading();
        boolean ofReading = before.reading().equals(reading);
        Map<String, String> parts = new HashMap<>();
        parts.put(RUN, RunRow.json(new OfRun(reading, run.doneTo().toString(), run.state() == RunState.DONE)));
        if (ofReading && before.version() == progress.version()) {
            before.parts().forEach((part, text) -> {
                if (part.startsWith(KEYS)) {
                    parts.put(part, text);
                }
            });
        } else {
            keys(run.keysToRead()).forEach((part, some) -> parts.put(part, RunRow.json(new OfKeys(reading, some))));
        }
        for (StoredLeaf leaf : progress.leaves()) {
            String part = Long.toString(leaf.oid());
            String known =
                    ofReading && before.leaves().contains(leaf) ? before.parts().get(part) : null;
            parts.put(part, known == null ? text(reading, leaf) : known);
        }
        return new Texts(parts, reading, progress.version(), Set.copyOf(progress.leaves()));
    }

    private static String text(String reading, StoredLeaf leaf) {
        return RunRow.json(new OfLeaf(
                reading,
                leaf.name().toString(),
                leaf.readAs(),
                leaf.ranges(),
                leaf.done(),
                leaf.rows(),
                leaf.bytes(),
                leaf.totalBytes()));
    }

    private static Map<String, List<List<String>>> keys(List<List<String>> all) {
        Map<String, List<List<String>>> parts = new HashMap<>();
        long[] bytes = new long[KEY_PARTS];
        for (List<String> key : all) {
            int part = Math.floorMod(key.hashCode(), KEY_PARTS);
            long next = bytes[part] / PART_BYTES;
            bytes[part] += mostBytes(key);
            parts.computeIfAbsent(KEYS + part + (next == 0 ? "" : "." + next), name -> new ArrayList<>())
                    .add(key);
        }
        return parts;
    }

    /** JSON has up to six bytes for a character. */
    private static long mostBytes(List<String> key) {
        return 3 + key.stream().mapToLong(value -> 3 + 6L * value.length()).sum();
    }

    /**
     * Reads the texts.
     *
     * @param run as the table of the progress has it
     * @param parts as {@link #of} gave them, of any reading
     * @return what was stored; null if nothing was of the run's reading, or the table of the progress knows more
     * @throws IllegalArgumentException if a text is none of these
     */
    public static @Nullable Progress read(StoredRun run, Map<String, String> parts) {
        String text = parts.get(RUN);
        OfRun stored = text == null ? null : parse(text, OfRun.class);
        // a position is kept in the table only when no group is being stored: a later one is of no fewer rows
        if (stored == null
                || !stored.reading().equals(run.reading())
                || Lsn.parse(stored.doneTo()).isBefore(run.doneTo())) {
            return null;
        }
        List<List<String>> keys = new ArrayList<>();
        List<StoredLeaf> leaves = new ArrayList<>();
        parts.forEach((part, json) -> {
            if (part.startsWith(KEYS)) {
                OfKeys some = parse(json, OfKeys.class);
                if (some.reading().equals(run.reading())) {
                    keys.addAll(some.keys());
                }
            } else if (!part.equals(RUN)) {
                OfLeaf leaf = parse(json, OfLeaf.class);
                if (leaf.reading().equals(run.reading())) {
                    leaves.add(stored(Long.parseLong(part), leaf));
                }
            }
        });
        StoredRun now = run.with(keys, Lsn.parse(stored.doneTo()));
        return new Progress(stored.done() ? now.in(RunState.DONE, null) : now, leaves, 0);
    }

    private static StoredLeaf stored(long oid, OfLeaf leaf) {
        LeafRanges.parse(leaf.ranges());
        return new StoredLeaf(
                oid,
                TableName.parse(leaf.table()),
                leaf.fileNode(),
                leaf.ranges(),
                leaf.done(),
                leaf.rows(),
                leaf.bytes(),
                leaf.totalBytes());
    }

    private static <T> T parse(String json, Class<T> type) {
        try {
            T parsed = JSON.readValue(json, type);
            if (parsed == null) {
                throw unreadable();
            }
            return parsed;
        } catch (JsonProcessingException e) {
            throw unreadable(); // the other message may show a key
        }
    }

    private static IllegalArgumentException unreadable() {
        return new IllegalArgumentException("It is no progress of a backfill");
    }
}
