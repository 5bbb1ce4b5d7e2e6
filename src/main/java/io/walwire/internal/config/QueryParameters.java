package io.walwire.internal.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/** The query of a connection URL: libpq's parameters, pgJDBC's properties, and parts of the URL given as parameters. */
final class QueryParameters {
    private static final Set<String> PARTS = Set.of("host", "port", "dbname", "user", "password");
    private static final String SESSION = "target_session_attrs";
    private static final Map<String, String> LIBPQ = Map.of(
            "application_name",
            PGProperty.APPLICATION_NAME.getName(),
            "connect_timeout",
            PGProperty.CONNECT_TIMEOUT.getName(),
            SESSION,
            PGProperty.TARGET_SERVER_TYPE.getName());
    private static final Map<String, String> SERVER_TYPES = Map.of(
            "any", "any",
            "read-write", "primary",
            "primary", "primary",
            "read-only", "secondary",
            "standby", "secondary",
            "prefer-standby", "preferSecondary");
    private static final List<String> NAMES = Stream.of(
                    PARTS.stream().sorted(), LIBPQ.keySet().stream().sorted(), DriverProperties.NAMES.stream())
            .flatMap(names -> names)
            .toList();

    private final Map<String, String> parts = new LinkedHashMap<>();
    private final Map<String, String> driver = new LinkedHashMap<>();
    private final UnaryOperator<String> decoder;
    private final List<String> faults;
    private boolean guarded;

    /**
     * Parameters of one URL.
     *
     * @param faults where to add what is wrong
     * @param guarded whether names may be pieces of a misread password, so that no fault may show them
     */
    QueryParameters(UnaryOperator<String> decoder, List<String> faults, boolean guarded) {
        this.decoder = decoder;
        this.faults = faults;
        this.guarded = guarded;
    }

    void read(String query) {
        for (String parameter : query.split("&", -1)) {
            int equals = parameter.indexOf('=');
            if (equals < 1) {
                faults.add("a parameter is not written name=value; within a value & is written %26");
                continue;
            }
            try {
                String name = decoder.apply(parameter.substring(0, equals));
                put(name, decoder.apply(parameter.substring(equals + 1)));
                guarded |= name.toLowerCase(Locale.ROOT).contains("password");
            } catch (IllegalArgumentException e) {
                faults.add("a parameter " + e.getMessage());
            }
        }
    }

    Map<String, String> driver() {
        return driver;
    }

    /** The part as the query gives it, else as it stands before the query; both is a fault. */
    @Nullable
    String part(String name, @Nullable String beforeQuery) {
        String inQuery = parts.get(name);
        boolean before = beforeQuery != null && !beforeQuery.isEmpty();
        if (inQuery != null && before) {
            faults.add("parameter " + name + " is given, and stands before the ? too; keep one of them");
        }
        return inQuery != null ? inQuery : beforeQuery;
    }

    private void put(String name, String value) {
        String shown = guarded ? "a parameter" : "parameter " + Problems.printable(name);
        if (PARTS.contains(name)) {
            add(parts, name, value, shown);
            return;
        }
        String property = LIBPQ.getOrDefault(name, name);
        String refusal = DriverProperties.refusal(property);
        if (refusal != null) {
            faults.add(shown + " cannot be given: " + refusal);
        } else if (PGProperty.forName(property) == null) {
            faults.add(shown + " is unknown."
                    + (guarded ? " Within a password & is written %26" : Problems.didYouMean(name, NAMES)));
        } else {
            driver(name, property, value, shown);
        }
    }

    private void driver(String name, String property, String value, String shown) {
        String translated = name.equals(SESSION) ? SERVER_TYPES.get(value) : value;
        String fault = translated == null
                ? Choices.fault(value, SERVER_TYPES.keySet().stream().sorted().toList())
                : translated.isBlank() ? null : DriverProperties.fault(property, translated);
        if (fault != null) {
            faults.add(shown + ": " + fault);
        } else if (translated != null) {
            add(driver, property, translated, shown);
        }
    }

    private void add(Map<String, String> to, String name, String value, String shown) {
        if (value.isBlank()) {
            faults.add(shown + " is blank; leave it out or give it a value");
        } else if (to.putIfAbsent(name, value) != null) {
            faults.add(shown + " repeats another; keep one of them");
        }
    }
}
