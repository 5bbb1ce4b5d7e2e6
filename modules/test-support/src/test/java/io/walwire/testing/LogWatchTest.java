package io.walwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogWatchTest {
    private static @Nullable String fault(Level level, @Nullable Throwable thrown, String message, Object argument) {
        Logger logger = new LoggerContext().getLogger("io.walwire.Some");
        return LogWatch.fault(new LoggingEvent("here", logger, level, message, thrown, new Object[] {argument}));
    }

    @Test
    void fault_aPasswordAtAnyLevel_aValueAboveTrace() {
        assertThat(fault(Level.TRACE, null, "with {}", LogWatch.PASSWORD)).contains("io.walwire.Some");
        assertThat(fault(Level.DEBUG, null, "row {}", LogWatch.ROW_VALUE)).isNotNull();
        assertThat(fault(Level.TRACE, null, "row {}", LogWatch.ROW_VALUE)).isNull();
        assertThat(fault(Level.ERROR, null, "nothing {}", "special")).isNull();
    }

    @Test
    void fault_inACause() {
        Throwable cause = new IllegalStateException(new IllegalArgumentException("it is " + LogWatch.ROW_VALUE));
        assertThat(fault(Level.DEBUG, cause, "failed {}", 1)).isNotNull();
        assertThat(fault(Level.DEBUG, new IllegalStateException("no"), "failed {}", 1))
                .isNull();
    }

    /** Else nothing of what the tests do would be read. */
    @Test
    void walwire_isWatchedAtEveryLevel() {
        assertThat(((Logger) LoggerFactory.getLogger("io")).getAppender("watch"))
                .isInstanceOf(LogWatch.class);
        assertThat(((Logger) LoggerFactory.getLogger("io.walwire.internal")).isTraceEnabled())
                .isTrue();
        assertThat(ServiceLoader.load(org.junit.jupiter.api.extension.Extension.class))
                .hasAtLeastOneElementOfType(LogWatch.Extension.class);
    }
}
