package io.walwire.internal.mapping;

import io.walwire.event.Column;
import io.walwire.event.Row;
import io.walwire.internal.codec.Conversion;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where a record's components are in the rows of one definition of a table.
 *
 * @param columns the very list of the rows
 * @param places one for each component; negative where the table has no column for it
 * @param own whether the component's class is that of all the column's values, so that none is converted
 * @param misfit why the rows do not become records; null if they do
 * @param empty what is left empty, because the table has no column for it; null if nothing is
 */
record Places(
        List<Column> columns,
        int[] places,
        boolean[] own,
        @Nullable String misfit,
        @Nullable String empty) {
    static Places of(PlacedRow row, Component[] components) {
        List<String> names = row.columns().stream().map(Column::name).toList();
        int[] places = new int[components.length];
        boolean[] own = new boolean[components.length];
        List<String> problems = new ArrayList<>();
        List<Component> empty = new ArrayList<>();
        for (int i = 0; i < components.length; i++) {
            Component component = components[i];
            places[i] = component.placeIn(names);
            if (places[i] >= 0) {
                PgType type = row.type(places[i]);
                own[i] = component.shape().asked() == Conversion.ownType(type) && type.kind() != TypeKind.NUMERIC;
                String problem = component.problem(names.get(places[i]), type);
                if (problem != null) {
                    problems.add(problem);
                }
            } else if (component.isOptional()) {
                empty.add(component);
            } else {
                problems.add(component.isMissing(names));
            }
        }
        return new Places(
                row.columns(),
                places,
                own,
                problems.isEmpty() ? null : String.join("; ", problems),
                empty.isEmpty()
                        ? null
                        : empty.stream().map(each -> each.isMissing(names)).collect(Collectors.joining("; ")));
    }

    /** The name of a component's column. */
    String column(int component) {
        return columns.get(places[component]).name();
    }

    /** The value for a component; null for SQL NULL, and where there is no column. */
    @Nullable
    Object read(PlacedRow row, int component, Class<?> asked) {
        int place = places[component];
        if (place < 0) {
            return null;
        }
        return own[component] ? row.get(place) : row.get(place, asked);
    }

    /** Whether all columns that the record has are known of a row. */
    boolean areKnownOf(Row row) {
        for (int i = 0; i < places.length; i++) {
            if (places[i] >= 0 && !row.isKnown(column(i))) {
                return false;
            }
        }
        return true;
    }
}
