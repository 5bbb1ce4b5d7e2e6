package io.walwire.spring;

import io.walwire.event.ChangeEvent;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.event.TruncateEvent;
import java.lang.reflect.Method;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;

/**
 * What the parameter of an {@link OnChange} method takes.
 *
 * @param list whether it is a list
 * @param wantsRow whether it is the row of an event, not the event
 * @param rowType the record that rows are read as; null for {@link Row}
 * @param kinds the kinds that such a parameter can be called with
 */
record ParameterShape(
        boolean list, boolean wantsRow, @Nullable Class<? extends Record> rowType, Set<Kind> kinds) {
    private static final Set<Kind> OF_ROWS = EnumSet.of(Kind.INSERT, Kind.UPDATE, Kind.DELETE);
    private static final Set<Kind> OF_CHANGES = EnumSet.of(Kind.INSERT, Kind.UPDATE, Kind.DELETE, Kind.TRUNCATE);

    /** The kinds of a method that names none. Truncates are not among them, because few methods want them. */
    Set<Kind> kindsByDefault() {
        return kinds.containsAll(OF_ROWS) ? OF_ROWS : kinds;
    }

    /** The shape, or null if the method does not take one of the parameters that {@link OnChange} lists. */
    static @Nullable ParameterShape of(Method method, Class<?> beanType) {
        if (method.getParameterCount() != 1) {
            return null;
        }
        ResolvableType parameter = ResolvableType.forMethodParameter(method, 0, beanType);
        boolean list = parameter.resolve(Object.class) == List.class;
        ResolvableType one = list ? parameter.getGeneric(0) : parameter;
        Class<?> type = one.resolve(Object.class);
        if (type == Event.class) {
            return new ParameterShape(list, false, null, OF_CHANGES);
        } else if (type == RowEvent.class) {
            return ofEvent(list, one, OF_ROWS);
        } else if (type == ChangeEvent.class) {
            return ofEvent(list, one, OF_CHANGES);
        } else if (type == TruncateEvent.class) {
            return ofEvent(list, one, EnumSet.of(Kind.TRUNCATE));
        } else if (type == Row.class) {
            return new ParameterShape(list, true, null, OF_ROWS);
        }
        return type.isRecord() ? new ParameterShape(list, true, type.asSubclass(Record.class), OF_ROWS) : null;
    }

    private static @Nullable ParameterShape ofEvent(boolean list, ResolvableType event, Set<Kind> kinds) {
        Class<?> row = event.getGeneric(0).resolve(Row.class);
        if (row == Row.class || row == Object.class) {
            return new ParameterShape(list, false, null, kinds);
        }
        return row.isRecord() ? new ParameterShape(list, false, row.asSubclass(Record.class), kinds) : null;
    }
}
