package io.walwire.spring;

import io.walwire.error.ConfigurationException;
import io.walwire.event.ChangeEvent;
import io.walwire.event.Kind;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.handler.TableEvents;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One {@link OnChange} method as a handler.
 *
 * @param handlerName {@code beanName.methodName}
 * @param bean the bean's proxy, where it has one
 * @param method of the proxy's class
 * @param table the table
 * @param kinds at least one; each is a kind of the shape
 * @param shape what the method takes
 */
record ChangeMethod(String handlerName, Object bean, Method method, String table, Set<Kind> kinds, ParameterShape shape)
        implements EventHandler {

    @Override
    public void define(Handlers on) {
        try {
            Class<? extends Record> record = shape.rowType();
            if (record == null) {
                declare(on.table(table));
            } else {
                declare(on.table(table, record));
            }
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(List.of("@OnChange on " + handlerName + ": " + e.getMessage()));
        }
    }

    /** Whether its work is done when the stage that it returns completes. */
    boolean returnsStage() {
        return method.getReturnType() != void.class;
    }

    private <T> void declare(TableEvents<T> events) {
        if (shape.list()) {
            declareLists(events);
        } else if (returnsStage()) {
            kinds.stream().sorted().forEach(kind -> declareStage(events, kind));
        } else {
            kinds.forEach(kind -> declareOne(events, kind));
        }
    }

    private <T> void declareOne(TableEvents<T> events, Kind kind) {
        switch (kind) {
            case INSERT -> events.onInsert(event -> call(argument(event)));
            case UPDATE -> events.onUpdate(event -> call(argument(event)));
            case DELETE -> events.onDelete(event -> call(argument(event)));
            case TRUNCATE -> events.onTruncate(event -> call(event));
            default -> throw new IllegalStateException(handlerName + " cannot be called with " + kind);
        }
    }

    private <T> void declareStage(TableEvents<T> events, Kind kind) {
        switch (kind) {
            case INSERT -> events.onInsertAsync(event -> begin(argument(event)));
            case UPDATE -> events.onUpdateAsync(event -> begin(argument(event)));
            case DELETE -> events.onDeleteAsync(event -> begin(argument(event)));
            // the last of the kinds, since the filter is for all that follows it
            case TRUNCATE ->
                events.filter(event -> event.kind() == Kind.TRUNCATE).onChangeAsync(this::begin);
            default -> throw new IllegalStateException(handlerName + " cannot be called with " + kind);
        }
    }

    private <T> void declareLists(TableEvents<T> events) {
        if (kinds.equals(Set.of(Kind.INSERT))) {
            events.onInserts(this::callWith);
        } else if (kinds.equals(Set.of(Kind.UPDATE))) {
            events.onUpdates(this::callWith);
        } else if (kinds.equals(Set.of(Kind.DELETE))) {
            events.onDeletes(this::callWith);
        } else {
            events.onChanges(all -> {
                List<ChangeEvent<T>> wanted = all.stream()
                        .filter(event -> kinds.contains(event.kind()))
                        .toList();
                if (!wanted.isEmpty()) {
                    callWith(wanted);
                }
            });
        }
    }

    private void callWith(List<? extends ChangeEvent<?>> events) throws Exception {
        call(shape.wantsRow() ? events.stream().map(this::argument).toList() : events);
    }

    private Object argument(ChangeEvent<?> event) {
        return shape.wantsRow() && event instanceof RowEvent<?> change ? row(change) : event;
    }

    private static <T> Object row(RowEvent<T> event) {
        return event.row();
    }

    private CompletionStage<?> begin(Object argument) throws Exception {
        if (call(argument) instanceof CompletionStage<?> stage) {
            return stage;
        }
        throw new IllegalStateException(handlerName + " has returned null in place of a CompletionStage");
    }

    private @Nullable Object call(Object argument) throws Exception {
        try {
            return method.invoke(bean, argument);
        } catch (InvocationTargetException e) {
            throw thrown(e.getCause(), e);
        }
    }

    /** What the method threw, without reflection's wrapper: failure policies look at its class. */
    private static Exception thrown(@Nullable Throwable cause, InvocationTargetException wrapper) {
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof Exception exception ? exception : wrapper;
    }
}
