package io.walwire.internal.mapping;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Column;
import io.walwire.event.Row;
import io.walwire.internal.codec.Conversion;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Rows to records: what can be looked up about the record is looked up once, so that a row costs its values and one call of
 * the canonical constructor. Safe to use from several threads.
 *
 * @param <T> the record
 */
public final class RecordMapper<T extends Record> {
    private final Class<T> type;
    private final Component[] components;
    private final MethodHandle constructor;

    /** Of the table that was mapped last; two threads that ask at once may both make them. */
    private @Nullable Places lastPlaces;

    private RecordMapper(Class<T> type, Component[] components, MethodHandle constructor) {
        this.type = type;
        this.components = components;
        this.constructor = constructor;
    }

    /**
     * A mapper for a record of any visibility.
     *
     * @throws WalwireException if the record's module does not let Walwire construct it
     */
    public static <T extends Record> RecordMapper<T> of(Class<T> type) {
        RecordComponent[] declared = type.getRecordComponents();
        Class<?>[] parameters =
                Stream.of(declared).map(RecordComponent::getType).toArray(Class<?>[]::new);
        MethodHandle constructor;
        RecordMapper.class.getModule().addReads(type.getModule()); // the library cannot require its applications
        try {
            constructor = MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                    .findConstructor(type, MethodType.methodType(void.class, parameters));
        } catch (ReflectiveOperationException closed) {
            throw failure(
                    "Record " + type.getName() + " cannot be constructed, because module "
                            + type.getModule().getName() + " keeps its package closed: in its module-info, add \"opens "
                            + type.getPackageName() + " to io.walwire\"",
                    closed);
        }
        return new RecordMapper<>(
                type,
                Stream.of(declared).map(Component::of).toArray(Component[]::new),
                constructor
                        .asSpreader(Object[].class, parameters.length)
                        .asType(MethodType.methodType(Object.class, Object[].class)));
    }

    /**
     * Holds the record against a table before its first row comes.
     *
     * @throws WalwireException if they do not fit, with every component that does not
     */
    public void check(String table, Map<String, PgType> columns) {
        List<String> problems = new ArrayList<>();
        for (Component component : components) {
            String problem = component.problem(columns);
            if (problem != null) {
                problems.add(problem);
            }
        }
        if (!problems.isEmpty()) {
            throw failure(
                    "Record " + type.getName() + " does not fit table " + table + ": " + String.join("; ", problems),
                    null);
        }
    }

    /**
     * One row as a record.
     *
     * @throws io.walwire.error.ValueException if a value was not sent, or its component's type cannot hold it
     * @throws WalwireException if a column is NULL where the component is a primitive, or the constructor throws
     */
    public T map(String table, Row row) {
        @Nullable Object[] values = new @Nullable Object[components.length];
        Places places = row instanceof PlacedRow placed ? places(placed) : null;
        for (int i = 0; i < values.length; i++) {
            Component component = components[i];
            Object answer = places == null
                    ? row.get(component.column(), component.shape().asked())
                    : places.read((PlacedRow) row, i, component.shape().asked());
            values[i] = value(table, component, answer);
        }
        return construct(table, values);
    }

    /** Looks the columns up once for all rows of a table, until it changes; null where one is missing. */
    private @Nullable Places places(PlacedRow row) {
        Places known = lastPlaces;
        if (known == null || known.columns() != row.columns()) {
            known = Places.of(row, components);
            lastPlaces = known;
        }
        return known;
    }

    /**
     * Where the components' columns are.
     *
     * @param columns the very list of the rows
     * @param places one for each component
     * @param own whether the component's class is that of all the column's values, so that none is converted
     */
    private record Places(List<Column> columns, int[] places, boolean[] own) {
        static @Nullable Places of(PlacedRow row, Component[] components) {
            List<String> names = row.columns().stream().map(Column::name).toList();
            int[] places = new int[components.length];
            boolean[] own = new boolean[components.length];
            for (int i = 0; i < components.length; i++) {
                places[i] = names.indexOf(components[i].column());
                if (places[i] < 0) {
                    return null;
                }
                PgType type = row.type(places[i]);
                own[i] = components[i].shape().asked() == Conversion.ownType(type) && type.kind() != TypeKind.NUMERIC;
            }
            return new Places(row.columns(), places, own);
        }

        @Nullable
        Object read(PlacedRow row, int component, Class<?> asked) {
            return own[component] ? row.get(places[component]) : row.get(places[component], asked);
        }
    }

    /** Whether all columns that the record has are known of a row. */
    public boolean knows(Row row) {
        for (Component component : components) {
            if (!row.isKnown(component.column())) {
                return false;
            }
        }
        return true;
    }

    private @Nullable Object value(String table, Component component, @Nullable Object answer) {
        if (answer == null && component.primitive()) {
            throw failure(
                    "Column " + component.column() + " of table " + table + " is NULL, which " + component
                            + " of record " + type.getName() + " cannot hold; declare it as its box or an Optional",
                    null);
        }
        return component.shape().wrap(answer);
    }

    private T construct(String table, @Nullable Object[] values) {
        try {
            return type.cast(Objects.requireNonNull((Object) constructor.invokeExact(values)));
        } catch (Error error) {
            throw error;
        } catch (Throwable refused) {
            throw failure(
                    "Record " + type.getName() + " refused a row of table " + table + ": its constructor threw "
                            + refused.getClass().getName(),
                    refused);
        }
    }

    private static WalwireException failure(String what, @Nullable Throwable cause) {
        String sentence = what.endsWith("?") ? what : what + ".";
        return new WalwireException(ErrorCode.MAPPING, sentence, cause);
    }
}
