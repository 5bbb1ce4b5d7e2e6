package io.walwire.internal.lanes;

import io.walwire.internal.log.Logs;
import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Virtual threads if the JVM has them; otherwise platform threads. The code is compiled for Java 17, which has none. */
final class LaneThreads {
    private static final Logger LOG = Logs.of(LaneThreads.class);

    private LaneThreads() {}

    static ThreadFactory of(ThreadGroup group) {
        String prefix = group.getName() + "-lane-";
        ThreadFactory virtual = virtual(prefix);
        if (virtual != null) {
            return virtual;
        }
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(group, task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** {@code Thread.ofVirtual().name(prefix, 1).factory()}; null if there is no such thing. */
    private static @Nullable ThreadFactory virtual(String prefix) {
        try {
            Class<?> type = Class.forName("java.lang.Thread$Builder");
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Object named = type.getMethod("name", String.class, long.class).invoke(builder, prefix, 1L);
            return (ThreadFactory) type.getMethod("factory").invoke(named);
        } catch (ClassNotFoundException | NoSuchMethodException e) {
            return null;
        } catch (IllegalAccessException | InvocationTargetException e) {
            LOG.debug("This JVM has virtual threads, but not for us; handlers run on platform threads", e);
            return null;
        }
    }
}
