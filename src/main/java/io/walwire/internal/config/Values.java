package io.walwire.internal.config;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/** The values that were given, environment read, and the problems that reading them brings up. */
final class Values {
    private static final List<String> FLAG = List.of("true", "false");

    private final Map<Key, String> given = new EnumMap<>(Key.class);
    private final Set<Key> named = EnumSet.noneOf(Key.class);
    private final Map<String, String> driver = new LinkedHashMap<>();
    private final Map<String, String> kafka = new LinkedHashMap<>();
    private final Problems problems;

    Values(Map<String, String> raw, Environment environment, Problems problems) {
        this.problems = problems;
        Placeholders placeholders = new Placeholders(environment, problems);
        raw.forEach((property, value) -> {
            Optional<Key> key = Key.of(property);
            key.ifPresent(named::add);
            String driverName = property.startsWith(DriverProperties.PREFIX)
                    ? property.substring(DriverProperties.PREFIX.length())
                    : null;
            String kafkaName =
                    property.startsWith(WalwireConfig.KAFKA) ? property.substring(WalwireConfig.KAFKA.length()) : null;
            if (key.isEmpty() && kafkaName == null && (driverName == null || !isDriverProperty(driverName))) {
                problems.add(UnknownProperty.message(property));
                return;
            }
            String expanded = placeholders.expand(property, value);
            if (expanded != null && expanded.isBlank()) {
                problems.add(property + " is blank; give it a value or leave it out");
            } else if (expanded != null) {
                key.ifPresent(known -> given.put(known, expanded));
                if (driverName != null) {
                    driver.put(driverName, expanded);
                }
                if (kafkaName != null) {
                    kafka.put(kafkaName, expanded);
                }
            }
        });
    }

    private static boolean isDriverProperty(String name) {
        return PGProperty.forName(name) != null || DriverProperties.refusal(name) != null;
    }

    /** The {@code walwire.pgjdbc.} values by pgJDBC's names. */
    Map<String, String> driver() {
        return driver;
    }

    /** The {@link WalwireConfig#KAFKA} values, by the rest of their keys. The module that reads them checks them. */
    Map<String, String> kafka() {
        return kafka;
    }

    /** Whether the key was given at all, with a usable value or not. */
    boolean isNamed(Key key) {
        return named.contains(key);
    }

    /** The value as it is, every blank included; no problem ever shows it. */
    @Nullable
    String secret(Key key) {
        return given.get(key);
    }

    /** A value in which blanks matter: one at an end is most likely an oversight, and would not be seen. */
    @Nullable
    String literal(Key key) {
        String value = given.get(key);
        if (value != null && !value.equals(value.strip())) {
            problems.add(key + " begins or ends with white space; remove it");
            return null;
        }
        return value;
    }

    /** The parsed value, or empty if there is none or it cannot be read. The parser throws IllegalArgumentException. */
    <T> Optional<T> parsed(Key key, Function<String, T> parser) {
        String value = given.get(key);
        if (value == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(parser.apply(value.strip()));
        } catch (IllegalArgumentException e) {
            problems.add(key + " is " + Problems.quoted(value) + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    /** One of a few words. */
    <T> T choice(Key key, T otherwise, List<String> choices, Function<String, T> meaning) {
        return parsed(key, value -> meaning.apply(Choices.require(value, choices)))
                .orElse(otherwise);
    }

    boolean flag(Key key, boolean otherwise) {
        return parsed(key, value -> Choices.require(value, FLAG).equals("true")).orElse(otherwise);
    }
}
