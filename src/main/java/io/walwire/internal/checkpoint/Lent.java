package io.walwire.internal.checkpoint;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A connection as handlers see it: for as long as its transaction lasts, and without the means to end that. */
final class Lent implements InvocationHandler {
    private static final Set<String> WALWIRES = Set.of("commit", "close", "abort", "setAutoCommit");

    private static final String ROLLBACK = "rollback";

    private final Connection connection;
    private final Thread owner = Thread.currentThread();
    private volatile boolean over;

    private Lent(Connection connection) {
        this.connection = connection;
    }

    /** A connection that is lent, and how to take it back. */
    record Loan(Connection connection, Runnable end) {}

    static Loan lend(Connection connection) {
        Lent lent = new Lent(connection);
        Connection shown = (Connection)
                Proxy.newProxyInstance(Lent.class.getClassLoader(), new Class<?>[] {Connection.class}, lent);
        return new Loan(shown, () -> lent.over = true);
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        String name = method.getName();
        boolean bare = arguments == null || arguments.length == 0;
        if (method.getDeclaringClass() == Object.class) {
            return switch (name) {
                case "equals" -> arguments != null && proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "the checkpoint's connection";
            };
        }
        if (name.equals("isClosed") && over) {
            return true;
        }
        if (over || Thread.currentThread() != owner) {
            throw new SQLException(
                    "The checkpoint's connection is valid only within the call of the handler that it was"
                            + " handed to, and on its thread. Ask checkpoint.connection() in each call.");
        }
        if (WALWIRES.contains(name) || (name.equals(ROLLBACK) && bare)) {
            throw new SQLException("The checkpoint's connection does not take " + name + "(): Walwire commits what the"
                    + " handlers write together with the position, and rolls back what a failed call wrote. Throw an"
                    + " exception to fail.");
        }
        try {
            return method.invoke(connection, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }
}
