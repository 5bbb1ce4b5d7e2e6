package io.walwire.internal.undecided;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Which subtransactions of one transaction were rolled back, and when: a number for each id, in pages of a file. Ids mostly
 * come in order, so that a few pages in memory are enough, however many there are. The file exists from the first page on that
 * has no room in memory; pages without a rollback take no room in it where the file system leaves out what was never written.
 */
final class Aborted implements AutoCloseable {
    /** How many ids share a page, as a power of two. */
    private static final int PAGE_BITS = 7;

    private static final int PAGE_BYTES = Long.BYTES << PAGE_BITS;
    private static final int PAGES_IN_MEMORY = 16;

    private final Path folder;
    private final @Nullable Page[] pages = new Page[PAGES_IN_MEMORY];
    private @Nullable SpillFile file;
    private boolean empty = true;

    private static final class Page {
        final ByteBuffer bytes = ByteBuffer.allocate(PAGE_BYTES);
        int number;
        boolean changed;
    }

    /**
     * None yet.
     *
     * @param folder where the file goes
     */
    Aborted(Path folder) {
        this.folder = folder;
    }

    /**
     * Takes note of a rollback.
     *
     * @param place the subtransaction's id, counted from the transaction's own
     * @param frames how many frames had arrived, at least one
     */
    void add(int place, long frames) {
        empty = false;
        Page page = page(place >>> PAGE_BITS);
        page.bytes.putLong(offset(place), frames);
        page.changed = true;
    }

    /** How many frames had arrived when this subtransaction was rolled back; 0 if it was not. */
    long at(int place) {
        return empty ? 0 : page(place >>> PAGE_BITS).bytes.getLong(offset(place));
    }

    private static int offset(int place) {
        return (place & (1 << PAGE_BITS) - 1) * Long.BYTES;
    }

    private Page page(int number) {
        int slot = number & PAGES_IN_MEMORY - 1;
        Page page = pages[slot];
        if (page == null) {
            page = new Page();
            page.number = number;
            pages[slot] = page;
        } else if (page.number != number) {
            exchange(page, number);
        }
        return page;
    }

    private void exchange(Page page, int number) {
        SpillFile to = file;
        if (page.changed) {
            if (to == null) {
                to = SpillFile.create(folder);
                file = to;
            }
            to.write(page.bytes.clear(), position(page.number));
        }
        page.bytes.clear();
        if (to != null) {
            to.read(page.bytes, position(number));
        }
        while (page.bytes.hasRemaining()) {
            page.bytes.put((byte) 0);
        }
        page.number = number;
        page.changed = false;
    }

    private static long position(int page) {
        return (long) page * PAGE_BYTES;
    }

    @Override
    public void close() {
        if (file != null) {
            file.close();
        }
    }
}
