package io.walwire.internal.mapping;

import io.walwire.internal.codec.Conversion;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.text.Nearest;
import java.lang.reflect.RecordComponent;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One component of a record and the column that it is read from. */
record Component(String name, String declared, String column, Shape shape, boolean primitive) {
    static Component of(RecordComponent component) {
        return new Component(
                component.getName(),
                component.getGenericType().getTypeName(),
                ColumnNames.of(component).intern(), // as the columns of tables are
                Shape.of(component.getGenericType()),
                component.getType().isPrimitive());
    }

    /** Why a table with these columns does not fit, both sides named; null where it does. */
    @Nullable
    String problem(Map<String, PgType> columns) {
        PgType type = columns.get(column);
        if (type == null) {
            return this + " needs a column " + column + ", which the table does not have"
                    + Nearest.of(column, columns.keySet())
                            .map(nearest -> "; did you mean @ColumnName(\"" + nearest + "\")?")
                            .orElse("");
        }
        if (!Conversion.fits(type, shape.asked())) {
            return this + " cannot hold column " + column + " of type " + type.name() + "; "
                    + Conversion.ownTypeName(type) + " can";
        }
        return null;
    }

    @Override
    public String toString() {
        return "component " + name + " of type " + declared;
    }
}
