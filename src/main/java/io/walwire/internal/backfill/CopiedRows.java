package io.walwire.internal.backfill;

import io.walwire.internal.pgoutput.TupleData;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of a chunk that were read so far. Not thread-safe. */
public final class CopiedRows {
    /** The memory of a row, in addition to its bytes. */
    private static final int BYTES_PER_ROW = 64;

    private final List<TupleData> rows = new ArrayList<>();
    private final int columns;
    private long memory;
    private long text;

    CopiedRows(int columns) {
        this.columns = columns;
    }

    void accept(byte[] message) {
        TupleData row = CopyText.row(message, columns);
        rows.add(row);
        memory += row.bytes().length + BYTES_PER_ROW;
        text += message.length;
    }

    /** Whether there are more than one, and they take more memory than this. */
    boolean areTooLarge(long maxBytes) {
        return memory > maxBytes && rows.size() > 1;
    }

    /** The rows, as the stream would send them. */
    public List<TupleData> rows() {
        return rows;
    }

    /** How much they are. */
    public ChunkResult.Size size() {
        return new ChunkResult.Size(memory, text);
    }

    /** The key of the last row of a range of the key, as text; null if there is none. */
    @Nullable
    List<String> lastKey(LeafPlan leaf, ReadRange range) {
        if (!(range instanceof KeyRange) || rows.isEmpty()) {
            return null;
        }
        TupleData last = rows.get(rows.size() - 1);
        int[] offsets = last.columnOffsets();
        List<String> key = new ArrayList<>();
        for (KeyColumn column : leaf.key()) {
            int at = offsets[column.position()];
            key.add(new String(last.bytes(), at + 5, TupleData.length(last.bytes(), at), StandardCharsets.UTF_8));
        }
        return key;
    }
}
