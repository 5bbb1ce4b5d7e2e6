package io.walwire.internal.log;

import io.walwire.internal.text.Printable;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A copy of an exception for a stack trace, with other messages: frames, causes and what was suppressed are the same. */
public final class PrintableTrace extends Throwable {
    private static final long serialVersionUID = 1L;

    private PrintableTrace(String message, @Nullable Throwable cause) {
        super(message, cause, true, true);
    }

    /**
     * A copy.
     *
     * @param e what was thrown
     * @param text what it shows of each exception
     * @return the copy
     */
    public static Throwable of(Throwable e, Function<Throwable, String> text) {
        return copy(e, text, Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    /**
     * The exception itself if each of its messages is printable, otherwise a copy with messages that are.
     *
     * @param e what was thrown
     * @return what can be shown
     */
    public static Throwable of(Throwable e) {
        return isPrintable(e, Collections.newSetFromMap(new IdentityHashMap<>()))
                ? e
                : of(e, each -> Printable.of(text(each)));
    }

    private static boolean isPrintable(Throwable e, Set<Throwable> seen) {
        if (!seen.add(e)) {
            return true;
        }
        String text = text(e);
        if (!Printable.of(text).equals(text)) {
            return false;
        }
        Throwable cause = e.getCause();
        boolean printable = cause == null || isPrintable(cause, seen);
        for (Throwable suppressed : e.getSuppressed()) {
            printable = printable && isPrintable(suppressed, seen);
        }
        return printable;
    }

    private static String text(Throwable e) {
        try {
            return e.toString();
        } catch (RuntimeException | Error broken) {
            return e.getClass().getName() + ": (its message cannot be read)";
        }
    }

    private static PrintableTrace copy(Throwable e, Function<Throwable, String> text, Set<Throwable> seen) {
        seen.add(e);
        Throwable cause = e.getCause();
        PrintableTrace copy = new PrintableTrace(
                text.apply(e), cause == null || seen.contains(cause) ? null : copy(cause, text, seen));
        copy.setStackTrace(e.getStackTrace());
        for (Throwable suppressed : e.getSuppressed()) {
            if (!seen.contains(suppressed)) {
                copy.addSuppressed(copy(suppressed, text, seen));
            }
        }
        return copy;
    }
}
