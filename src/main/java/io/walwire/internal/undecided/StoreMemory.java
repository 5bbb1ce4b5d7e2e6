package io.walwire.internal.undecided;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Set;

/** The memory that all undecided transactions of a stream share; when it is full, the largest one goes to its file. */
final class StoreMemory {
    private static final int LARGEST_BLOCK = 64 * 1024;

    private final long boundBytes;
    private final Path folder;
    private final Set<FrameStore> stores = new LinkedHashSet<>();
    private long heldBytes;

    StoreMemory(long boundBytes, Path folder) {
        this.boundBytes = boundBytes;
        this.folder = folder;
    }

    void add(FrameStore store) {
        stores.add(store);
    }

    void remove(FrameStore store) {
        stores.remove(store);
    }

    /** Where files go. */
    Path folder() {
        return folder;
    }

    /** How large a block may be for small frames. */
    int mostBlockBytes() {
        return (int) Math.min(LARGEST_BLOCK, boundBytes / 4);
    }

    /** Makes room. What alone exceeds the bound is held when nothing else is. */
    void reserve(int bytes) {
        while (heldBytes > 0 && heldBytes + bytes > boundBytes) {
            stores.stream()
                    .max(Comparator.comparingLong(FrameStore::heldBytes))
                    .orElseThrow()
                    .spill();
        }
        heldBytes += bytes;
    }

    void release(long bytes) {
        heldBytes -= bytes;
    }

    /** How much is held now. */
    long heldBytes() {
        return heldBytes;
    }
}
