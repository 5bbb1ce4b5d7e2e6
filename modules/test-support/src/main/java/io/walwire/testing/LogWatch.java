package io.walwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Reads everything that Walwire logs in a run of the tests, at every level, and fails the test class in which a password was
 * logged, a row's value above TRACE, or a line with characters that forge others. Tests that have a password or a value to hide take these.
 */
public final class LogWatch extends AppenderBase<ILoggingEvent> {
    /** A password; the tests' own ones hold it. */
    public static final String PASSWORD = "hunter2";

    /** What most rows of the tests hold. */
    public static final String ROW_VALUE = "a note for nobody's log";

    private static final Queue<String> SEEN = new ConcurrentLinkedQueue<>();

    @Override
    protected void append(ILoggingEvent event) {
        String fault = fault(event);
        if (fault != null) {
            SEEN.add(fault);
        }
    }

    /** What is wrong with a line, or null. */
    static @Nullable String fault(ILoggingEvent event) {
        StringBuilder text = new StringBuilder(event.getFormattedMessage());
        for (IThrowableProxy cause = event.getThrowableProxy(); cause != null; cause = cause.getCause()) {
            text.append('\n').append(cause.getMessage());
        }
        boolean value = event.getLevel().isGreaterOrEqual(Level.DEBUG) && text.indexOf(ROW_VALUE) >= 0;
        return value || text.indexOf(PASSWORD) >= 0 || (isOurs(event) && !isPrintable(event))
                ? event.getLevel() + " " + event.getLoggerName() + ": " + text
                : null;
    }

    private static boolean isOurs(ILoggingEvent event) {
        return event.getLoggerName().startsWith("io.walwire");
    }

    private static boolean isPrintable(ILoggingEvent event) {
        return event.getFormattedMessage().codePoints().allMatch(LogWatch::isVisible);
    }

    private static boolean isVisible(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }

    /** Registered for all tests, in {@code META-INF/services}. */
    public static final class Extension implements AfterAllCallback {
        @Override
        public void afterAll(ExtensionContext context) {
            List<String> faults = new ArrayList<>();
            for (String fault = SEEN.poll(); fault != null; fault = SEEN.poll()) {
                faults.add(fault);
            }
            assertThat(faults).as("log lines that show what nobody may see").isEmpty();
        }
    }
}
