package io.walwire.internal.backfill;

import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How the rows of one table are read: a plain table, or a partition.
 *
 * @param table the table that the caller named: the leaf itself, or the table that it is a partition of
 * @param facts what the catalog said, to be compared with each chunk
 * @param relation the table under whose name the stream sends its changes, as pgoutput describes it
 * @param key columns of the key that identifies rows in events; empty if there is no key, or if not all of it is sent
 * @param where the caller's condition; null if there is none
 * @param blocks how many blocks the table has
 * @param bytes the size of the table with its TOASTed values
 * @param rows how many rows it has, as the server estimates; negative if it does not know
 */
public record LeafPlan(
        TableName table,
        LeafFacts facts,
        Relation relation,
        List<KeyColumn> key,
        @Nullable String where,
        long blocks,
        long bytes,
        double rows) {
    public LeafPlan {
        key = List.copyOf(key);
    }

    /**
     * How a table is read that is not partitioned, is published as a whole, and has no catalog that says more.
     *
     * @param relation the table
     * @param key as above
     * @param blocks as above
     * @param bytes as above
     * @return a plan for all of its rows
     */
    public static LeafPlan ofTable(Relation relation, List<KeyColumn> key, long blocks, long bytes) {
        TableName name = new TableName(relation.schema(), relation.name());
        List<String> columns =
                relation.columns().stream().map(RelationColumn::name).toList();
        long oid = Integer.toUnsignedLong(relation.oid());
        LeafFacts facts = new LeafFacts(
                oid, name, 'r', 'p', oid, LeafFacts.HEAP, true, false, "", oid, name, "", columns, null, true, null);
        return new LeafPlan(name, facts, relation, key, null, blocks, bytes, -1);
    }

    /** Whether it has a key of which values of one column at least have one text, or one form, each. */
    boolean hasExactKey() {
        return key.stream().anyMatch(KeyColumn::exact);
    }

    /** Whether the stream has the updates of its rows. */
    public boolean sendsUpdates() {
        return facts.updatesSent();
    }

    /** The names of the columns that are read, in the order in which the stream sends them. */
    public List<String> columns() {
        return relation.columns().stream().map(RelationColumn::name).toList();
    }

    /** The table whose rows are read. */
    public TableName name() {
        return facts.name();
    }

    /** Its OID. */
    public long oid() {
        return facts.oid();
    }

    /** The name under which the stream sends its changes: its own, or that of a table that it is a partition of. */
    public TableName sentName() {
        return new TableName(relation.schema(), relation.name());
    }

    /**
     * Whether ranges of blocks can be read. A row moves between blocks by an update, so the stream has to have the updates.
     */
    public boolean hasBlockRanges() {
        return facts.hasBlocks() && facts.updatesSent();
    }

    /**
     * What is locked and read for a range: the leaf alone, or for rows that are found by their keys all partitions at once, since
     * a row may move from one to another.
     */
    String from(ReadRange range) {
        return range instanceof KeyList && !table.equals(name()) ? quoted(table) : "ONLY " + quoted(name());
    }

    static String quoted(TableName table) {
        return SqlIdentifiers.quote(table.schema()) + "." + SqlIdentifiers.quote(table.table());
    }

    /**
     * The statement that prints a range's rows.
     *
     * @param range which rows
     * @return COPY, whose columns are those that the stream sends, in the stream's order
     */
    String copy(ReadRange range) {
        String columns = facts.sentColumns().stream().map(SqlIdentifiers::quote).collect(Collectors.joining(", "));
        String conditions = range.condition(this)
                + (facts.filter() == null ? "" : " AND (" + facts.filter() + ")")
                // on lines of its own: it may end with a comment
                + (where == null ? "" : " AND (" + where + "\n)");
        return "COPY (SELECT " + columns + " FROM " + from(range) + " WHERE " + conditions + range.order(this)
                + ") TO STDOUT";
    }
}
