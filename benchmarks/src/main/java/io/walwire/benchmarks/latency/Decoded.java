package io.walwire.benchmarks.latency;

import io.walwire.WalwireBuilder;
import io.walwire.internal.engine.Sources;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.source.ChangeSource;
import io.walwire.internal.source.ChangeStream;
import io.walwire.internal.source.GivenSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.StackTrace;

/** The reader thread has decoded a commit, and is about to hand over its transaction. */
@Enabled(false)
@StackTrace(false)
final class Decoded extends Event {
    /** Has it noted for each commit that the builder's instance reads. */
    static WalwireBuilder notedBy(WalwireBuilder builder) {
        GivenSource.set(
                builder,
                context -> seen(ChangeSource.class, Sources.of(context.config()).source(context)));
        return builder;
    }

    /** The source or stream itself, but for the look at what it returns. */
    private static <T> T seen(Class<T> type, T real) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    Object result;
                    try {
                        result = method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    if (result instanceof Commit) {
                        new Decoded().commit();
                    }
                    return result instanceof ChangeStream stream ? seen(ChangeStream.class, stream) : result;
                }));
    }
}
