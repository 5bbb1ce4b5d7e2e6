package io.walwire.internal.connection.catalog;

import io.walwire.internal.text.TableName;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/** Tables as two parameters of a query: their schemas and their names, in the same order. */
public final class TableArrays {
    private TableArrays() {}

    /**
     * Sets both.
     *
     * @param query the query
     * @param at the first of the two parameters
     * @param tables any
     * @return the parameter that follows
     * @throws SQLException if there are no such parameters
     */
    public static int set(PreparedStatement query, int at, Collection<TableName> tables) throws SQLException {
        List<TableName> listed = List.copyOf(tables);
        setTexts(query, at, listed, TableName::schema);
        setTexts(query, at + 1, listed, TableName::table);
        return at + 2;
    }

    private static void setTexts(
            PreparedStatement query, int at, List<TableName> tables, Function<TableName, String> part)
            throws SQLException {
        query.setArray(
                at,
                query.getConnection()
                        .createArrayOf("text", tables.stream().map(part).toArray()));
    }
}
