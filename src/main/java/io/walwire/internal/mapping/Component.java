package io.walwire.internal.mapping;

import io.walwire.internal.codec.Conversion;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.text.Nearest;
import java.lang.reflect.RecordComponent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One component of a record and what it is read from.
 *
 * @param name its own name
 * @param declared its type, as it was declared
 * @param columns the names that its column may have
 * @param shape how its type is met
 * @param primitive whether it cannot hold a null
 */
record Component(String name, String declared, List<String> columns, Shape shape, boolean primitive) {
    static Component of(RecordComponent component) {
        return new Component(
                component.getName(),
                component.getGenericType().getTypeName(),
                ColumnNames.of(component),
                Shape.of(component.getGenericType()),
                component.getType().isPrimitive());
    }

    /** Whether a table without its column leaves it empty. */
    boolean isOptional() {
        return shape instanceof Shape.Maybe;
    }

    /** The place of its column among a table's; negative where the table has none. */
    int placeIn(List<String> names) {
        return columns.stream()
                .mapToInt(names::indexOf)
                .filter(place -> place >= 0)
                .findFirst()
                .orElse(-1);
    }

    /** What is said of a table without its column. */
    String isMissing(List<String> names) {
        String needed =
                columns.size() == 1 ? "a column " + columns.get(0) : "one of the columns " + String.join(", ", columns);
        return this + " needs " + needed + ", which the table does not have"
                + Nearest.of(columns.get(0), names)
                        .map(nearest -> "; did you mean @ColumnName(\"" + nearest + "\")?")
                        .orElse("");
    }

    /** Why it can't be read from a column of a type, both sides named; null where it can. */
    @Nullable
    String problem(String column, PgType type) {
        return Conversion.fits(type, shape.asked())
                ? null
                : this + " cannot hold column " + column + " of type " + type.name() + "; "
                        + Conversion.ownTypeName(type) + " can";
    }

    @Override
    public String toString() {
        return "component " + name + " of type " + declared;
    }
}
