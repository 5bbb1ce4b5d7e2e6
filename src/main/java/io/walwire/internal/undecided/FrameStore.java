package io.walwire.internal.undecided;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The frames of one undecided transaction in their order: the older ones in a file where memory did not suffice, the newer
 * ones in memory. A frame is the id of its subtransaction, its length, its kind, and the rest of it.
 */
final class FrameStore implements AutoCloseable {
    static final int HEADER_BYTES = 8;
    private static final int SMALLEST_BLOCK = 1024;

    private final StoreMemory memory;
    private final List<ByteBuffer> blocks = new ArrayList<>();
    private @Nullable ByteBuffer block;
    private @Nullable SpillFile file;
    private int blockBytes = SMALLEST_BLOCK;
    private long heldBytes;

    FrameStore(StoreMemory memory) {
        this.memory = memory;
        memory.add(this);
    }

    /** Adds a frame whose bytes after the kind stand somewhere in an array. */
    void add(int subxid, byte kind, byte[] bytes, int from, int to) {
        int length = 1 + to - from;
        ByteBuffer into = room(Math.addExact(HEADER_BYTES, length));
        into.putInt(subxid).putInt(length).put(kind).put(bytes, from, to - from);
    }

    private ByteBuffer room(int bytes) {
        ByteBuffer current = block;
        if (current != null && current.remaining() >= bytes) {
            return current;
        }
        int size = Math.max(bytes, blockBytes);
        memory.reserve(size); // may spill what this store holds
        ByteBuffer added = ByteBuffer.allocate(size);
        blocks.add(added);
        block = added;
        heldBytes += size;
        blockBytes = Math.max(SMALLEST_BLOCK, Math.min(2 * blockBytes, memory.mostBlockBytes()));
        return added;
    }

    /** How much memory it holds. */
    long heldBytes() {
        return heldBytes;
    }

    /** Moves what is in memory to the file. */
    void spill() {
        SpillFile to = file;
        if (to == null) {
            to = SpillFile.create(memory.folder());
            file = to;
        }
        blocks.forEach(ByteBuffer::flip);
        to.append(blocks);
        forgetBlocks();
    }

    private void forgetBlocks() {
        memory.release(heldBytes);
        heldBytes = 0;
        blocks.clear();
        block = null;
    }

    /** All frames from the first one; nothing is added meanwhile. */
    InputStream read() {
        List<InputStream> parts = new ArrayList<>();
        if (file != null) {
            parts.add(file.read());
        }
        blocks.forEach(each -> parts.add(new ByteArrayInputStream(each.array(), each.arrayOffset(), each.position())));
        return new SequenceInputStream(Collections.enumeration(parts));
    }

    /** The file, if there is one. */
    @Nullable
    SpillFile file() {
        return file;
    }

    @Override
    public void close() {
        memory.remove(this);
        forgetBlocks();
        if (file != null) {
            file.close();
        }
    }
}
