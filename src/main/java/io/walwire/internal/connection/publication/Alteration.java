package io.walwire.internal.connection.publication;

import io.walwire.internal.text.TableName;
import java.util.Collection;
import java.util.Set;

/**
 * What statements would change, so that {@link RefusedChanges#after} can say, before they are run, what the server would
 * refuse afterwards.
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
}
