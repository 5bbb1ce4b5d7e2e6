package io.walwire.internal.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Masks a URL that could not be parsed, so that messages can show it. Without parsing, the end of the password is uncertain,
 * so more than the password may be hidden.
 */
final class MaskedUrl {
    private static final Pattern SCHEME = Pattern.compile("^(?:jdbc:)?[A-Za-z][A-Za-z0-9+.-]*://");
    private static final Pattern PASSWORD =
            Pattern.compile("(passw(?:or)?d[^=]*=|[?&][^=&]*%[^=&]*=).*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final String HIDDEN = "***";

    private MaskedUrl() {}

    /** Hides the text between the first colon and the last @, and everything from a password parameter on. */
    static String of(String url) {
        Matcher scheme = SCHEME.matcher(url);
        int colon = url.indexOf(':', scheme.find() ? scheme.end() : 0);
        int at = url.lastIndexOf('@');
        String shown = colon >= 0 && colon < at ? url.substring(0, colon + 1) + HIDDEN + url.substring(at) : url;
        return PASSWORD.matcher(shown).replaceFirst("$1" + HIDDEN);
    }
}
