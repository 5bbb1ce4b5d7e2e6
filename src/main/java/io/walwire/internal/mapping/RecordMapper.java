package io.walwire.internal.mapping;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.log.Logs;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Rows to records: what can be looked up about the record is looked up once, so that a row costs its values and one call of
 * the canonical constructor. Safe to use from several threads.
 *
 * @param <T> the record
 */
public final class RecordMapper<T extends Record> {
    private static final Logger LOG = Logs.of(RecordMapper.class);

    private final Class<T> type;
    private final Component[] components;
    private final MethodHandle constructor;

    private final Set<String> warned = ConcurrentHashMap.newKeySet();

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
     * @throws WalwireException if the record's module does not let Walwire construct it, or if an {@code @ColumnName} has no name
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
     * One row as a record.
     *
     * @throws io.walwire.error.ValueException if a value was not sent, or its component's type cannot hold it
     * @throws WalwireException if the record does not fit the table as it was then, if a column is NULL where the component is a
     *     primitive, or if the constructor throws
     */
    public T map(RowOrigin origin, PlacedRow row) {
        Places places = places(origin, row);
        if (places.misfit() != null) {
            throw failure(
                    "Record " + type.getName() + " does not fit table " + origin.tableName() + " as it was at "
                            + origin.at() + ": " + places.misfit(),
                    null);
        }
        @Nullable Object[] values = new @Nullable Object[components.length];
        for (int i = 0; i < values.length; i++) {
            Component component = components[i];
            Object answer = places.read(row, i, component.shape().asked());
            if (answer == null && component.primitive()) {
                throw failure(
                        "Column " + places.column(i) + " of table " + origin.tableName() + " is NULL, which "
                                + component + " of record " + type.getName()
                                + " cannot hold; declare it as its box or an Optional",
                        null);
            }
            values[i] = component.shape().wrap(answer);
        }
        return construct(origin, values);
    }

    /** Looks the columns up once for all rows of a table, until it changes. */
    private Places places(RowOrigin origin, PlacedRow row) {
        Places known = lastPlaces;
        if (known == null || known.columns() != row.columns()) {
            known = Places.of(row, components);
            lastPlaces = known;
            warn(origin, known.empty());
        }
        return known;
    }

    /** Once for each set of columns that are missing: it may be a column of the past or a name that is misspelt. */
    private void warn(RowOrigin origin, @Nullable String empty) {
        if (empty != null && warned.add(empty)) {
            LOG.warn(
                    "Record {} has empty components for table {} as it was at {}: {}.",
                    type.getName(),
                    origin.tableName(),
                    origin.at(),
                    empty);
        }
    }

    /** Whether all columns that the record has are known of a row. */
    public boolean knows(RowOrigin origin, PlacedRow row) {
        return places(origin, row).areKnownOf(row);
    }

    private T construct(RowOrigin origin, @Nullable Object[] values) {
        try {
            return type.cast(Objects.requireNonNull((Object) constructor.invokeExact(values)));
        } catch (Error error) {
            throw error;
        } catch (Throwable refused) {
            throw failure(
                    "Record " + type.getName() + " refused a row of table " + origin.tableName()
                            + ": its constructor threw " + refused.getClass().getName(),
                    refused);
        }
    }

    private static WalwireException failure(String what, @Nullable Throwable cause) {
        String sentence = what.endsWith("?") ? what : what + ".";
        return new WalwireException(ErrorCode.MAPPING, sentence, cause);
    }
}
