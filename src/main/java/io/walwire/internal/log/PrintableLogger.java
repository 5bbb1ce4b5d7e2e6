package io.walwire.internal.log;

import io.walwire.internal.text.Printable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.AbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LocationAwareLogger;

/** Hands messages on to the application's logger, formatted and printable. */
final class PrintableLogger extends AbstractLogger {
    private static final long serialVersionUID = 1L;
    private static final String CALLED = AbstractLogger.class.getName();

    /** Not written: readResolve gives the application's own one. */
    private final transient Logger target;

    PrintableLogger(Logger target) {
        this.target = target;
        this.name = target.getName();
    }

    @Override
    public boolean isTraceEnabled() {
        return target.isTraceEnabled();
    }

    @Override
    public boolean isTraceEnabled(Marker marker) {
        return target.isTraceEnabled(marker);
    }

    @Override
    public boolean isDebugEnabled() {
        return target.isDebugEnabled();
    }

    @Override
    public boolean isDebugEnabled(Marker marker) {
        return target.isDebugEnabled(marker);
    }

    @Override
    public boolean isInfoEnabled() {
        return target.isInfoEnabled();
    }

    @Override
    public boolean isInfoEnabled(Marker marker) {
        return target.isInfoEnabled(marker);
    }

    @Override
    public boolean isWarnEnabled() {
        return target.isWarnEnabled();
    }

    @Override
    public boolean isWarnEnabled(Marker marker) {
        return target.isWarnEnabled(marker);
    }

    @Override
    public boolean isErrorEnabled() {
        return target.isErrorEnabled();
    }

    @Override
    public boolean isErrorEnabled(Marker marker) {
        return target.isErrorEnabled(marker);
    }

    @Override
    protected String getFullyQualifiedCallerName() {
        return CALLED;
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level,
            @Nullable Marker marker,
            String message,
            Object @Nullable [] arguments,
            @Nullable Throwable thrown) {
        Object[] shown = arguments == null ? null : printable(arguments);
        String format = Printable.of(message);
        Throwable trace = thrown == null ? null : PrintableTrace.of(thrown);
        if (target instanceof LocationAwareLogger aware) {
            aware.log(marker, CALLED, level.toInt(), format, shown, trace);
        } else {
            String line = shown == null ? format : MessageFormatter.basicArrayFormat(format, shown);
            log(level, marker, line, trace);
        }
    }

    /** Numbers stay what they are, for encoders that write arguments by themselves. */
    private static Object[] printable(Object[] arguments) {
        Object[] shown = new Object[arguments.length];
        for (int i = 0; i < arguments.length; i++) {
            Object each = arguments[i];
            shown[i] = each == null || each instanceof Number ? each : Printable.of(String.valueOf(each));
        }
        return shown;
    }

    private void log(Level level, @Nullable Marker marker, String line, @Nullable Throwable thrown) {
        switch (level) {
            case ERROR -> target.error(marker, line, thrown);
            case WARN -> target.warn(marker, line, thrown);
            case INFO -> target.info(marker, line, thrown);
            case DEBUG -> target.debug(marker, line, thrown);
            case TRACE -> target.trace(marker, line, thrown);
        }
    }
}
