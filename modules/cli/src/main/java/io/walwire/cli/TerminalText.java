package io.walwire.cli;

import io.walwire.internal.text.Printable;

/** Messages for standard error. */
final class TerminalText {
    private TerminalText() {}

    /** A message on one line. */
    static String line(String message) {
        return Printable.of(message.strip().replaceAll("\\s*\\R\\s*", " "));
    }
}
