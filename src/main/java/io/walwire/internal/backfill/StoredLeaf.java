package io.walwire.internal.backfill;

import io.walwire.internal.text.TableName;

/**
 * How far the reading of one table or partition has come, as the table of the progress has it.
 *
 * @param oid its OID
 * @param name its name
 * @param readAs {@link LeafFacts#readAs} of the table whose ranges these are
 * @param ranges what is not done, as {@link LeafRanges#toText}
 * @param done whether nothing is left
 * @param rows how many rows were delivered
 * @param bytes how many bytes were read
 * @param totalBytes its size when the reading began
 */
public record StoredLeaf(
        long oid, TableName name, long readAs, String ranges, boolean done, long rows, long bytes, long totalBytes) {}
