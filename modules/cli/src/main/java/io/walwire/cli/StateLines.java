package io.walwire.cli;

import io.walwire.Walwire;
import io.walwire.event.Lsn;
import io.walwire.internal.text.Printable;
import io.walwire.lifecycle.State;
import io.walwire.lifecycle.Status;
import java.io.PrintStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Says on standard error what an instance came to do: streaming from where, or standing by for whom. */
final class StateLines {
    /** What the instance knows of the holder, at the end of a sentence that repeats the slot and the server. */
    private static final Pattern IN_USE = Pattern.compile(" is in use by PID .*");

    private final PrintStream err;
    private @Nullable State said;

    StateLines(PrintStream err) {
        this.err = err;
    }

    /** Says what is new; to be called often. */
    State look(Walwire walwire) {
        Status status = walwire.status();
        if (status.state() != said) {
            said = status.state();
            String line = line(status);
            if (line != null) {
                err.println(Printable.of(line));
            }
        }
        return status.state();
    }

    /** What to say of a state, or null for nothing. */
    static @Nullable String line(Status status) {
        if (status.state() == State.STREAMING) {
            return "streaming from " + status.streamingFrom() + ", slot " + status.slot();
        }
        if (status.state() == State.STANDBY) {
            return "standing by: slot " + status.slot() + inUse(status.lastError());
        }
        if (status.state() == State.FAILED && !status.confirmed().equals(Lsn.ZERO)) {
            return "failed; slot " + status.slot() + " is confirmed up to " + status.confirmed();
        }
        return null;
    }

    private static String inUse(@Nullable String reason) {
        Matcher matcher = IN_USE.matcher(reason == null ? "" : reason);
        return matcher.find() ? matcher.group() : " is in use";
    }
}
