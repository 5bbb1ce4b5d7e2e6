package io.walwire.cli.pretty;

import io.walwire.event.Kind;

/** Signs and colours; without colours if the output is no terminal. */
public final class Palette {
    private static final String RESET = "\u001B[0m";

    private final boolean coloured;

    /**
     * A palette.
     *
     * @param coloured whether to use colours
     */
    public Palette(boolean coloured) {
        this.coloured = coloured;
    }

    /** Colours for a terminal, unless NO_COLOR is set. */
    public static Palette ofTerminal() {
        String refused = System.getenv("NO_COLOR");
        return new Palette(isTerminal() && (refused == null || refused.isEmpty()));
    }

    /** Whether standard output is a terminal: {@code bin/walwire} asks the operating system, a JVM cannot. */
    public static boolean isTerminal() {
        return Boolean.getBoolean("walwire.cli.terminal");
    }

    /** One character for a kind of event. */
    public String sign(Kind kind) {
        return switch (kind) {
            case INSERT -> paint("32", "+");
            case UPDATE -> paint("33", "~");
            case DELETE -> paint("31", "-");
            case READ -> paint("36", "=");
            case BACKFILLED -> paint("36", "b");
            case TRUNCATE -> paint("31", "0");
            case MESSAGE -> paint("35", "m");
            case SCHEMA -> paint("35", "s");
            case GAP -> paint("35", "!");
        };
    }

    /** Text of less weight. */
    public String dim(String text) {
        return paint("2", text);
    }

    /** Text of more weight. */
    public String bold(String text) {
        return paint("1", text);
    }

    /** The text of an action. */
    public String action(String text) {
        return paint("36", text);
    }

    private String paint(String code, String text) {
        return coloured ? "\u001B[" + code + "m" + text + RESET : text;
    }
}
