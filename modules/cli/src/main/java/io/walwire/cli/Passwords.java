package io.walwire.cli;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether a configuration holds a password; like psql, the command line asks the environment's PGPASSWORD last. */
final class Passwords {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}]+)}");
    private static final Pattern IN_URL = Pattern.compile("^[^/]*//[^/?]*:[^/?]*@.*|.*[?&]password=.*", Pattern.DOTALL);

    private Passwords() {}

    static boolean isGiven(Map<String, String> values, Map<String, String> environment) {
        String url = REFERENCE
                .matcher(values.getOrDefault("walwire.url", ""))
                .replaceAll(name -> Matcher.quoteReplacement(environment.getOrDefault(name.group(1), "")));
        return values.containsKey("walwire.password") || IN_URL.matcher(url).matches();
    }

    /** A value that the configuration takes as it is, whatever it contains. */
    static String literal(String password) {
        return password.replace("${", "$${");
    }
}
