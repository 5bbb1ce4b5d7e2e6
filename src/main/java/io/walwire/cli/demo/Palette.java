package io.walwire.cli.demo;

import io.walwire.event.Kind;

/** Signs and colours; plain where nobody would see the colours. */
final class Palette {
    private static final String RESET = "\u001B[0m";

    private final boolean coloured;

    Palette(boolean coloured) {
        this.coloured = coloured;
    }

    /** For a terminal, which {@code bin/walwire} knows better than any JVM, unless NO_COLOR says otherwise. */
    static Palette ofTerminal() {
        String refused = System.getenv("NO_COLOR");
        return new Palette(Boolean.getBoolean("walwire.cli.terminal") && (refused == null || refused.isEmpty()));
    }

    String sign(Kind kind) {
        return switch (kind) {
            case INSERT -> paint("32", "+");
            case UPDATE -> paint("33", "~");
            case DELETE -> paint("31", "-");
            case TRUNCATE -> paint("31", "0");
            case MESSAGE -> paint("35", "m");
            case SCHEMA -> paint("35", "s");
            case GAP -> paint("35", "!");
        };
    }

    String dim(String text) {
        return paint("2", text);
    }

    String bold(String text) {
        return paint("1", text);
    }

    String action(String text) {
        return paint("36", text);
    }

    private String paint(String code, String text) {
        return coloured ? "\u001B[" + code + "m" + text + RESET : text;
    }
}
