package io.walwire.internal.config;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Replaces {@code ${NAME}} in values, once: what a variable holds is taken as it is. A doubled dollar sign before the brace
 * makes it literal. Problems name positions and variables, never the value, which may be a password.
 */
final class Placeholders {
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final String LITERAL = "write $${ for a literal ${";

    private final Environment environment;
    private final Problems problems;

    Placeholders(Environment environment, Problems problems) {
        this.environment = environment;
        this.problems = problems;
    }

    /** The value with its variables replaced, or null if there was a problem. */
    @Nullable
    String expand(String key, String value) {
        StringBuilder expanded = new StringBuilder();
        int before = problems.count();
        int at = 0;
        while (at < value.length()) {
            if (value.startsWith("$${", at)) {
                expanded.append("${");
                at += 3;
            } else if (value.startsWith("${", at)) {
                int close = value.indexOf('}', at);
                if (close < 0) {
                    problems.add(key + ": the ${ at position " + (at + 1)
                            + " is never closed; write ${NAME} to read the environment, or " + LITERAL);
                    return null;
                }
                expanded.append(variable(key, value.substring(at + 2, close), at + 1));
                at = close + 1;
            } else {
                expanded.append(value.charAt(at++));
            }
        }
        return problems.count() == before ? expanded.toString() : null;
    }

    private String variable(String key, String name, int position) {
        if (!VARIABLE.matcher(name).matches()) {
            problems.add(key + ": the text inside the ${} at position " + position
                    + " cannot be the name of an environment variable; " + LITERAL);
            return "";
        }
        String found = environment.get(name);
        if (found == null) {
            problems.add(key + ": the environment variable " + name + " is not set; set it, or " + LITERAL);
            return "";
        }
        if (LocaleEncoding.isLost(found)) {
            problems.add(key + ": " + LocaleEncoding.lost("the environment variable " + name));
            return "";
        }
        return found;
    }
}
