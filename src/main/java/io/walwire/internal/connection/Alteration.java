package io.walwire.internal.connection;

import io.walwire.internal.text.TableName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * What statements would change, so that {@link RefusedChanges#after} can tell before they are run what the server refuses
 * afterwards.
 *
 * @param publication raw name of the publication that is altered; empty if none is
 * @param added tables that it gets, whole and without their inheritance children
 * @param everything whether it gets all operations
 * @param full tables that get REPLICA IDENTITY FULL
 */
public record Alteration(String publication, Set<TableName> added, boolean everything, Set<TableName> full) {
    /** Nothing is changed. */
    static final Alteration NONE = new Alteration("", Set.of(), false, Set.of());

    public Alteration {
        added = Set.copyOf(added);
        full = Set.copyOf(full);
    }

    /** A publication gets tables. */
    public static Alteration adding(String publication, Collection<TableName> tables) {
        return new Alteration(publication, Set.copyOf(tables), false, Set.of());
    }

    /** A publication gets all operations. */
    public static Alteration everything(String publication) {
        return new Alteration(publication, Set.of(), true, Set.of());
    }

    /** Tables get REPLICA IDENTITY FULL. */
    public static Alteration full(Collection<TableName> tables) {
        return new Alteration("", Set.of(), false, Set.copyOf(tables));
    }

    /** The schemas and the names of tables, as two arrays that belong together. */
    static List<Array> arrays(Connection connection, Collection<TableName> tables) throws SQLException {
        // both in the same order
        List<TableName> listed = List.copyOf(tables);
        return List.of(texts(connection, listed, TableName::schema), texts(connection, listed, TableName::table));
    }

    private static Array texts(Connection connection, List<TableName> tables, Function<TableName, String> part)
            throws SQLException {
        return connection.createArrayOf("text", tables.stream().map(part).toArray());
    }
}
