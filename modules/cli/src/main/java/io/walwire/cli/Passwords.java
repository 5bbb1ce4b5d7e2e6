package io.walwire.cli;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether a configuration holds a password; like psql, the command line asks the environment's PGPASSWORD last. */
final class Passwords {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}]+)}");
    private static final Pattern IN_URL = Pattern.compile("^[^/]*//[^/?]*:[^/?]*@.*|.*[?&]password=.*", Pattern.DOTALL);

    private static final Pattern ROLE_IN_URL = Pattern.compile("^[^/]*//[^/?@]+@.*|.*[?&]user=.*", Pattern.DOTALL);

    private Passwords() {}

    /** PGPASSWORD, as the configuration takes it; empty if a configuration has a password, or there is none. */
    static Optional<String> fromEnvironment(Map<String, String> values, Map<String, String> environment) {
        String password = environment.getOrDefault("PGPASSWORD", "");
        return password.isEmpty() || isGiven(values, environment) ? Optional.empty() : Optional.of(literal(password));
    }

    /** Whether a URL says which role connects. */
    static boolean namesRole(String url) {
        return ROLE_IN_URL.matcher(url).matches();
    }

    private static boolean isGiven(Map<String, String> values, Map<String, String> environment) {
        String url = REFERENCE
                .matcher(values.getOrDefault("walwire.url", ""))
                .replaceAll(name -> Matcher.quoteReplacement(environment.getOrDefault(name.group(1), "")));
        return values.containsKey("walwire.password") || IN_URL.matcher(url).matches();
    }

    /** A value that the configuration takes as it is, whatever it contains. */
    private static String literal(String password) {
        return password.replace("${", "$${");
    }
}
