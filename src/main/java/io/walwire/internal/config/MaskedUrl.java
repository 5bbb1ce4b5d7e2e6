package io.walwire.internal.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A URL that could not be read, as messages may show it. Because it could not be read, nobody knows for sure where its
 * password ends: rather too much is hidden than too little.
 */
final class MaskedUrl {
    private static final Pattern SCHEME = Pattern.compile("^(?:jdbc:)?[A-Za-z][A-Za-z0-9+.-]*://");
    private static final Pattern PASSWORD =
            Pattern.compile("(passw(?:or)?d[^=]*=|[?&][^=&]*%[^=&]*=).*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final String HIDDEN = "***";

    private MaskedUrl() {}

    /** Without what stands between the first colon and the last @, and without anything from a password parameter on. */
    static String of(String url) {
        Matcher scheme = SCHEME.matcher(url);
        int colon = url.indexOf(':', scheme.find() ? scheme.end() : 0);
        int at = url.lastIndexOf('@');
        String shown = colon >= 0 && colon < at ? url.substring(0, colon + 1) + HIDDEN + url.substring(at) : url;
        return PASSWORD.matcher(shown).replaceFirst("$1" + HIDDEN);
    }
}
