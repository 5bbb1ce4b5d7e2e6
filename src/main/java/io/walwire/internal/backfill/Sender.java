package io.walwire.internal.backfill;

import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** What sends the changes of tables, beside which their rows are read: publications, or triggers. Thread-safe. */
public interface Sender {
    /** The names of the publications or triggers, which are the query's rows {@code named (name)}. */
    List<String> names();

    /**
     * Whether changes come from the log. Then they come in the order of commits, and a position is one in the log. If not, each change has the
     * whole row, changes come in the order of transaction ids, and a position is such an id: rows have their place where one is left out.
     */
    boolean isLogged();

    /**
     * Part of the query for tables with rows: under which table's name changes of each one come.
     *
     * @param version the server's
     * @return common table expressions, the last one {@code top (leaf, oid, level, sending)}. They may use {@code named}, and {@code up (leaf,
     *     oid, level, attached)}, which has each table with rows and the tables that it is a partition of, with a text that is another one
     *     if the partition was detached in between. What is not sent is not in {@code top}. {@code sending} is a text that is another one if
     *     changes of the table may have been missing in between, although they come now: what sends them, as
     *     {@link SendingText} reads it
     */
    String top(int version);

    /**
     * Part of the query for tables with rows: what is sent of one.
     *
     * @param version the server's
     * @return a query for one row {@code (columns, filter, whole, updates)}: the names of columns in the order in which they come, the filter of
     *     rows, whether there is none, and whether updates and deletes come. It may use {@code c}, the table with rows, {@code a}, the table
     *     under whose name changes come, and {@code t}, the row of {@code top}
     */
    String columns(int version);

    /**
     * Why changes of tables do not come, and what to do.
     *
     * @param table the table that is to be read
     * @param unsent itself, or those of its partitions whose changes do not come
     * @return for people
     * @throws SQLException if the catalog cannot be read
     */
    String unsent(TableName table, List<TableName> unsent) throws SQLException;

    /**
     * The tables whose changes come.
     *
     * @param connection to the server
     * @return their names by their OIDs
     * @throws SQLException if the catalog cannot be read
     */
    Map<Long, TableName> tables(Connection connection) throws SQLException;

    /**
     * What is added to the server's system identifier where the progress for a slot is kept, so that no other slot of the server has the same
     * names.
     */
    String slotScope();
}
