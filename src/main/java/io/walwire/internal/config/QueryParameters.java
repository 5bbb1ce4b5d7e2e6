package io.walwire.internal.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/** The query of a connection URL: libpq's parameters, pgJDBC's properties, and parts of the URL given as parameters. */
final class QueryParameters {
    private final Map<String, String> parts = new LinkedHashMap<>();
    private final Map<String, String> driver = new LinkedHashMap<>();
    private final List<String> unused = new ArrayList<>();
    private final UnaryOperator<String> decoder;
    private final List<String> faults;
    private boolean guarded;
    private @Nullable String fallbackName;

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
            if (parameter.isEmpty()) {
                continue; // as in libpq, nothing between or behind the separators
            }
            int equals = parameter.indexOf('=');
            if (equals < 1) {
                faults.add("a parameter is not of the form name=value; write & in a value as %26");
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
        if (fallbackName != null) {
            driver.putIfAbsent(PGProperty.APPLICATION_NAME.getName(), fallbackName);
        }
    }

    /** What was given and changes nothing, each with the reason. */
    List<String> unused() {
        return unused;
    }

    Map<String, String> driver() {
        return driver;
    }

    /** The part from the query, otherwise from the URL before the query. Having both is an error. */
    @Nullable
    String part(String name, @Nullable String beforeQuery) {
        String inQuery = parts.get(name);
        boolean before = beforeQuery != null && !beforeQuery.isEmpty();
        if (inQuery != null && before) {
            faults.add("parameter " + name + " is given twice, before the ? and after it; keep one of them");
        }
        return inQuery != null ? inQuery : beforeQuery;
    }

    /** An empty value is none, as in libpq. */
    private void put(String name, String value) {
        String shown = guarded ? "a parameter" : "parameter " + Problems.printable(name);
        String property = LibpqParameters.property(name);
        boolean known = LibpqParameters.isKnown(name) || PGProperty.forName(property) != null;
        String refusal = LibpqParameters.refusal(name, value).orElse(DriverProperties.refusal(property));
        if (!known) {
            faults.add(shown + " is unknown."
                    + (guarded ? " Write & in a password as %26" : Problems.didYouMean(name, LibpqParameters.names())));
        } else if (value.isEmpty()) {
            return;
        } else if (LibpqParameters.URL_PARTS.contains(name)) {
            add(parts, name, value, shown);
        } else if (name.equals(LibpqParameters.FALLBACK_NAME)) {
            fallbackName = value;
        } else if (LibpqParameters.unused(name, value).isPresent()) {
            unused.add(name + ": " + LibpqParameters.unused(name, value).get());
        } else if (refusal != null) {
            faults.add(shown + " cannot be given: " + refusal);
        } else {
            driver(name, property, value, shown);
        }
    }

    private void driver(String name, String property, String value, String shown) {
        Map<String, String> values = LibpqParameters.values(name).orElse(null);
        String translated = values == null ? value : values.get(value);
        String fault = translated == null && values != null
                ? Choices.fault(value, values.keySet().stream().sorted().toList())
                : translated == null || translated.isBlank() ? null : DriverProperties.fault(property, translated);
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
