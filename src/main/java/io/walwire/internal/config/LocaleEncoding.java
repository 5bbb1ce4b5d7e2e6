package io.walwire.internal.config;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * In which encoding the JVM reads its arguments and environment: that of the locale. Under {@code C} and {@code POSIX} it is ASCII.
 * All other characters are replaced before any code of ours runs.
 */
public final class LocaleEncoding {
    private static final String UTF_8 = StandardCharsets.UTF_8.name();
    private static final char REPLACEMENT = '\uFFFD';

    private LocaleEncoding() {}

    /**
     * What is wrong with the text that a process was given.
     *
     * @param arguments its arguments
     * @param environment the variables that it uses
     * @return a sentence with what to do; null if the text is as it was given
     */
    public static @Nullable String problem(List<String> arguments, Map<String, String> environment) {
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            if (isLost(variable.getValue())) {
                return lost("The environment variable " + variable.getKey());
            }
        }
        return arguments.stream().anyMatch(LocaleEncoding::isLost) ? lost("An argument") : null;
    }

    /** Whether characters were replaced when the JVM read a text. */
    static boolean isLost(String text) {
        return text.indexOf(REPLACEMENT) >= 0 && !encoding().equalsIgnoreCase(UTF_8);
    }

    static String lost(String what) {
        return what + " has characters that the encoding of the locale, " + encoding()
                + ", does not have, so they cannot be read; set LC_ALL=C.UTF-8, or another locale in UTF-8";
    }

    private static String encoding() {
        return System.getProperty("sun.jnu.encoding", UTF_8);
    }
}
