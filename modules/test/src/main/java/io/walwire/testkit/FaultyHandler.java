package io.walwire.testkit;

import io.walwire.handler.AsyncCallback;
import io.walwire.handler.Callback;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.handler.TableEvents;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A handler whose calls fail where a test wants it. */
final class FaultyHandler implements EventHandler {
    private final String name;
    private final EventHandler handler;
    private final Deque<Exception> before = new ArrayDeque<>();
    private final Deque<Exception> after = new ArrayDeque<>();

    FaultyHandler(String name, EventHandler handler) {
        this.name = name;
        this.handler = handler;
    }

    private boolean isOf(EventHandler wanted) {
        return handler == wanted;
    }

    /** The wrapping of a handler. */
    static FaultyHandler of(List<FaultyHandler> all, EventHandler handler) {
        return all.stream()
                .filter(each -> each.isOf(handler))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "Not a handler of this kit: give the same object to the kit's builder"));
    }

    /** The handler of a name. */
    static FaultyHandler of(List<FaultyHandler> all, String name) {
        return all.stream()
                .filter(each -> each.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("The kit has no handler " + name + "; it has "
                        + all.stream().map(FaultyHandler::handlerName).toList()));
    }

    void fail(int times, Exception failure, boolean afterwards) {
        synchronized (before) {
            for (int i = 0; i < times; i++) {
                (afterwards ? after : before).add(failure);
            }
        }
    }

    /** What was to fail does not. */
    void reset() {
        synchronized (before) {
            before.clear();
            after.clear();
        }
    }

    private void failing(Deque<Exception> wanted) throws Exception {
        Exception failure;
        synchronized (before) {
            failure = wanted.poll();
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public String handlerName() {
        return name;
    }

    @Override
    public void define(Handlers on) {
        handler.define(wrapped(Handlers.class, on));
    }

    /** The same declarations, but that callbacks come through here. */
    private <T> T wrapped(Class<T> type, T declarations) {
        return type.cast(Proxy.newProxyInstance(
                FaultyHandler.class.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> declare(proxy, declarations, method, arguments)));
    }

    private Object declare(Object proxy, Object declarations, Method method, Object... arguments) throws Throwable {
        Object[] passed = arguments == null ? new Object[0] : arguments.clone();
        for (int i = 0; i < passed.length; i++) {
            if (passed[i] instanceof Callback<?> callback) {
                passed[i] = wrapped(callback);
            } else if (passed[i] instanceof AsyncCallback<?> callback) {
                passed[i] = wrappedAsync(callback);
            }
        }
        try {
            Object result = Objects.requireNonNull(method.invoke(declarations, passed));
            if (result == declarations) {
                return proxy;
            }
            return result instanceof TableEvents<?> table ? wrapped(TableEvents.class, table) : result;
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }

    private <E> AsyncCallback<E> wrappedAsync(AsyncCallback<E> callback) {
        return event -> {
            failing(before);
            CompletionStage<?> stage = callback.on(event);
            return stage == null ? stage : stage.thenAccept(this::failAfterwards);
        };
    }

    private void failAfterwards(@Nullable Object ignored) {
        try {
            failing(after);
        } catch (Exception e) {
            throw new CompletionException(e);
        }
    }

    private <E> Callback<E> wrapped(Callback<E> callback) {
        return argument -> {
            failing(before);
            callback.on(argument);
            failing(after);
        };
    }
}
