package io.walwire.internal.transaction;

import org.jspecify.annotations.Nullable;

/**
 * The tables of one stream by their OIDs. Every change looks its table up, for which a map of boxed OIDs would make an object
 * each time.
 */
final class DescribedTables {
    /** Half of them at most are taken, so that a search is short; a power of two. */
    private @Nullable DescribedTable[] slots = new DescribedTable[64];

    private int size;

    @Nullable
    DescribedTable get(int oid) {
        return slots[slot(oid)];
    }

    /** Adds a table, in the place of one that had its OID. */
    void put(DescribedTable table) {
        if (2 * (size + 1) > slots.length) {
            grow();
        }
        int slot = slot(table.oid);
        size += slots[slot] == null ? 1 : 0;
        slots[slot] = table;
    }

    /** Where the table of an OID stands, or would. */
    private int slot(int oid) {
        int mask = slots.length - 1;
        // spread by Fibonacci's multiplier, since OIDs may lie at regular distances
        int slot = (oid * 0x9E3779B9) >>> 16 & mask;
        DescribedTable there = slots[slot];
        while (there != null && there.oid != oid) {
            slot = slot + 1 & mask;
            there = slots[slot];
        }
        return slot;
    }

    private void grow() {
        @Nullable DescribedTable[] before = slots;
        slots = new DescribedTable[before.length * 2];
        for (DescribedTable table : before) {
            if (table != null) {
                slots[slot(table.oid)] = table;
            }
        }
    }
}
