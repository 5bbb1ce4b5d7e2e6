package io.walwire.cli;

import io.walwire.Walwire;
import io.walwire.lifecycle.State;
import io.walwire.lifecycle.Status;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/** Says on standard error what an instance came to do: streaming from where, or standing by for whom. */
final class StateLines {
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
                err.println(line);
            }
        }
        return status.state();
    }

    private static @Nullable String line(Status status) {
        if (status.state() == State.STREAMING) {
            return "streaming from " + status.received() + ", slot " + status.slot();
        }
        if (status.state() == State.STANDBY) {
            String reason = status.lastError();
            return "standing by: " + (reason == null ? "slot " + status.slot() + " is in use" : reason);
        }
        return null;
    }
}
