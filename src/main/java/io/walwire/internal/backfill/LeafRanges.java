package io.walwire.internal.backfill;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How far the reading of one table has come: the ranges that are left, and those that are being read or handled. The size of a
 * range follows what the ranges before it took. Not thread-safe.
 */
public final class LeafRanges {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** As text, when nothing is left. */
    static final String NONE = "[]";

    private final RangeSizes sizes;
    private final Deque<KeptRange> left = new ArrayDeque<>();
    private final List<KeptRange> taken = new ArrayList<>();

    private LeafRanges(LeafPlan leaf, long chunkBytes) {
        this.sizes = new RangeSizes(leaf, chunkBytes);
    }

    /**
     * All of a table.
     *
     * @param leaf the table
     * @param chunkBytes how many bytes a range is to have
     * @param byKey whether ranges of the key are read, as they must be where there are no ranges of blocks
     * @return with nothing read
     */
    public static LeafRanges all(LeafPlan leaf, long chunkBytes, boolean byKey) {
        LeafRanges ranges = new LeafRanges(leaf, chunkBytes);
        ranges.left.add(byKey ? new KeyRange(null, null, RangeSizes.FIRST_ROWS) : BlockRange.all());
        return ranges;
    }

    /**
     * What was left when the progress was kept.
     *
     * @param leaf the table, whose file is the one that the progress is about where it has ranges of blocks
     * @param chunkBytes how many bytes a range is to have
     * @param text as {@link #toText} gave it
     * @return the ranges that were not done are read again
     */
    public static LeafRanges resumed(LeafPlan leaf, long chunkBytes, String text) {
        LeafRanges ranges = new LeafRanges(leaf, chunkBytes);
        ranges.left.addAll(parse(text));
        return ranges;
    }

    /**
     * Reads ranges that were kept.
     *
     * @param text as {@link #toText} gave it
     * @return the ranges
     * @throws IllegalArgumentException if they are none
     */
    public static List<KeptRange> parse(String text) {
        List<KeptRange> ranges = new ArrayList<>();
        try {
            JsonNode all = JSON.readTree(text);
            if (!all.isArray()) { // else nothing would be left, and the table be taken for read
                throw unreadable();
            }
            all.forEach(each -> ranges.add(KeptRange.of(each)));
        } catch (JsonProcessingException | NullPointerException e) {
            throw unreadable(); // its message may show a key
        }
        return ranges;
    }

    private static IllegalArgumentException unreadable() {
        return new IllegalArgumentException("The ranges that are left cannot be read");
    }

    /**
     * The next range to read.
     *
     * @return null if there is none now; there may be one when a range that was taken has been read
     */
    public @Nullable KeptRange take() {
        KeptRange next = left.poll();
        if (next instanceof BlockRange range) {
            next = cut(range);
        } else if (next instanceof KeyRange range) {
            next = new KeyRange(range.after(), range.upTo(), sizes.rows());
        }
        if (next != null) {
            taken.add(next);
        }
        return next;
    }

    /** All of a table of which nothing was taken. */
    KeptRange takeWhole() {
        KeptRange whole = left.remove();
        taken.add(whole);
        return whole;
    }

    /** What {@link #takeWhole} gave. */
    KeptRange takenWhole() {
        return taken.get(0);
    }

    /** The first part of a range; the rest is left. */
    private BlockRange cut(BlockRange range) {
        long end = sizes.end(range);
        if (end == range.to()) {
            return range;
        }
        left.addFirst(new BlockRange(end, range.to()));
        return new BlockRange(range.from(), end);
    }

    /**
     * A range was read.
     *
     * @param range as it was taken
     * @param bytes how much was read
     * @param rows how many rows were read
     * @param lastKey of a range of the key the last row's, as text; null if there was no row
     * @return the range that was read indeed, which is to be {@link #done}
     */
    public ReadRange read(ReadRange range, long bytes, int rows, @Nullable List<String> lastKey) {
        if (range instanceof BlockRange block) {
            sizes.read(block, bytes, rows);
        } else if (range instanceof KeyRange key) {
            boolean more = rows == key.rows() && lastKey != null;
            sizes.readByKey(bytes, rows);
            if (more) {
                taken.remove(range);
                left.addFirst(new KeyRange(lastKey, key.upTo(), sizes.rows()));
                KeyRange part = new KeyRange(key.after(), lastKey, key.rows());
                taken.add(part);
                return part;
            }
        }
        return range;
    }

    /**
     * A range has more bytes than a chunk may have: smaller ones are read in its place.
     *
     * @param range as it was taken
     * @param found what was found
     */
    public void tooLarge(ReadRange range, ChunkResult.TooLarge found) {
        if (range instanceof BlockRange block) {
            sizes.tooLarge(block, found);
        } else if (range instanceof KeyRange key) {
            sizes.tooLargeByKey(key, found.rows());
        }
        again(range);
    }

    /**
     * A range is read again.
     *
     * @param range as it was taken or read
     */
    public void again(ReadRange range) {
        if (!taken.remove(range)) {
            throw new IllegalStateException("This range was not taken");
        }
        left.addFirst((KeptRange) range);
    }

    /**
     * Handlers have returned from all rows of a range.
     *
     * @param range as {@link #read} returned it
     */
    public void done(ReadRange range) {
        if (!taken.remove(range)) {
            throw new IllegalStateException("This range was not taken");
        }
    }

    /** Whether some of what is left are ranges of blocks. */
    boolean hasBlocks() {
        return left.stream().anyMatch(BlockRange.class::isInstance);
    }

    /** Whether some of what is left are ranges of the key. */
    boolean hasKeys() {
        return left.stream().anyMatch(KeyRange.class::isInstance);
    }

    /** Whether nothing was taken. */
    boolean isUnread() {
        KeptRange only = left.size() == 1 && taken.isEmpty() ? left.getFirst() : null;
        return only instanceof BlockRange range
                ? range.equals(BlockRange.all())
                : only instanceof KeyRange keyed && keyed.after() == null && keyed.upTo() == null;
    }

    /** Whether nothing is left, and everything that was taken is done. */
    public boolean isDone() {
        return left.isEmpty() && taken.isEmpty();
    }

    /** What is not done, for the table of the progress. */
    public String toText() {
        return toText(Set.of());
    }

    /** As {@link #toText()}, without some of the ranges that were taken. */
    String toText(Set<ReadRange> done) {
        ArrayNode ranges = JsonNodeFactory.instance.arrayNode();
        taken.stream().filter(range -> !done.contains(range)).forEach(range -> ranges.add(range.toJson()));
        left.forEach(range -> ranges.add(range.toJson()));
        return ranges.toString();
    }
}
