package io.walwire.internal.config;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/** Which properties of pgJDBC may be given, and with what values. */
final class DriverProperties {
    static final String GROUP = "pgjdbc.";
    static final String PREFIX = Key.PREFIX + GROUP;

    /** A name alone, since the oldest supported driver has no such constant. */
    static final String REQUIRE_AUTH = "requireAuth";

    private static final String STREAM = "Walwire sets it itself on the connections it streams from";
    private static final String SOCKETS = "Walwire brings its own sockets, to know when data arrives";
    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry("replication", STREAM),
            Map.entry("assumeMinServerVersion", STREAM),
            Map.entry("preferQueryMode", STREAM),
            Map.entry("socketFactory", SOCKETS),
            Map.entry("socketFactoryArg", SOCKETS),
            Map.entry("service", "a service file would name another server; use " + Key.URL),
            Map.entry("user", "use " + Key.USER),
            Map.entry("password", "use " + Key.PASSWORD),
            Map.entry("PGHOST", "use " + Key.HOST),
            Map.entry("PGPORT", "use " + Key.PORT),
            Map.entry("PGDBNAME", "use " + Key.DATABASE));

    /** The ones that may be given. */
    static final List<String> NAMES = Arrays.stream(PGProperty.values())
            .map(PGProperty::getName)
            .filter(name -> !REFUSED.containsKey(name))
            .toList();

    /** The ones that have a key of Walwire's own; sorted, so that problems always come in one order. */
    static final SortedMap<String, Key> OWN_KEYS = Collections.unmodifiableSortedMap(new TreeMap<>(Map.of(
            PGProperty.SSL_MODE.getName(), Key.SSL_MODE,
            PGProperty.SSL_ROOT_CERT.getName(), Key.SSL_ROOT_CERTIFICATE,
            PGProperty.SSL_CERT.getName(), Key.SSL_CERTIFICATE,
            PGProperty.SSL_KEY.getName(), Key.SSL_KEY,
            PGProperty.SSL_PASSWORD.getName(), Key.SSL_KEY_PASSWORD,
            PGProperty.CONNECT_TIMEOUT.getName(), Key.CONNECT_TIMEOUT)));

    private DriverProperties() {}

    /** Why the property cannot be given at all, or null where it can. */
    static @Nullable String refusal(String name) {
        return REFUSED.get(name);
    }

    /** What to say of a driver property that pgJDBC does not have. */
    static String unknown(String name) {
        return "Unknown property " + PREFIX + Problems.printable(name) + ": pgJDBC has no such property."
                + Problems.didYouMean(PREFIX, name, NAMES);
    }

    /** What is wrong with the value, or null. The driver itself takes some wrong values for another one in silence. */
    static @Nullable String fault(String name, String value) {
        PGProperty property = PGProperty.forName(name);
        if (property == null) {
            return null;
        }
        String[] choices = property.getChoices();
        if (name.equals(REQUIRE_AUTH) && choices != null) {
            return Arrays.stream(value.split(",", -1))
                    .map(part -> Choices.fault(part, List.of(choices)))
                    .filter(fault -> !fault.isEmpty())
                    .findFirst()
                    .orElse(null);
        }
        List<String> allowed =
                choices != null ? List.of(choices) : isFlag(property) ? List.of("true", "false") : List.of();
        if (!allowed.isEmpty()) {
            String fault = Choices.fault(value, allowed);
            return fault.isEmpty() ? null : fault;
        }
        String usual = property.getDefaultValue();
        return usual != null && isInteger(usual) && !isInteger(value) ? "it must be a whole number" : null;
    }

    private static boolean isFlag(PGProperty property) {
        return property == PGProperty.SSL
                || "true".equals(property.getDefaultValue())
                || "false".equals(property.getDefaultValue());
    }

    private static boolean isInteger(String text) {
        try {
            Integer.parseInt(text);
            return true;
        } catch (NumberFormatException e) {
            return false;
        }
    }
}
