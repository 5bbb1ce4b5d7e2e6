package io.walwire.internal.config;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/** Joins what the URL, {@code walwire.pgjdbc.} and Walwire's own keys say to the driver; keys win over the URL. */
final class DriverSettings {
    private static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(10);

    /** A host that does not answer keeps an instance from the one that does. */
    private static final Duration CONNECT_TIMEOUT_OF_SEVERAL = Duration.ofSeconds(3);

    private static final Duration LONGEST_CONNECT_TIMEOUT = Duration.ofHours(1);
    private static final String CONNECT_TIMEOUT = PGProperty.CONNECT_TIMEOUT.getName();
    private static final String SSL_PASSWORD = PGProperty.SSL_PASSWORD.getName();
    private static final List<PGProperty> FILES =
            List.of(PGProperty.SSL_ROOT_CERT, PGProperty.SSL_CERT, PGProperty.SSL_KEY);

    /** What asks for an encrypted connection or none. */
    private static final SortedMap<PGProperty, Set<String>> INSISTING = new TreeMap<>(Map.of(
            PGProperty.SSL_MODE, Set.of("require", "verify-ca", "verify-full"),
            PGProperty.SSL, Set.of("true"),
            PGProperty.CHANNEL_BINDING, Set.of("require"),
            PGProperty.GSS_ENC_MODE, Set.of("require")));

    private final Values values;
    private final Problems problems;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final Map<String, String> sources = new LinkedHashMap<>();

    /** How the server is reached. */
    enum Reached {
        ONE_HOST,
        ONE_OF_SEVERAL,
        UNIX_SOCKET
    }

    private DriverSettings(Values values, Problems problems) {
        this.values = values;
        this.problems = problems;
    }

    static Map<String, String> read(
            Values values, @Nullable ConnectionUrl url, String instanceName, Reached reached, Problems problems) {
        DriverSettings driver = new DriverSettings(values, problems);
        if (url != null) {
            url.driver().forEach((name, value) -> driver.put(name, value, "Parameter " + name + " of " + Key.URL));
        }
        values.driver().forEach(driver::passedThrough);
        DriverProperties.OWN_KEYS.forEach(driver::own);
        driver.settings.putIfAbsent(
                CONNECT_TIMEOUT,
                Long.toString((reached == Reached.ONE_OF_SEVERAL ? CONNECT_TIMEOUT_OF_SEVERAL : DEFAULT_CONNECT_TIMEOUT)
                        .toSeconds()));
        driver.settings.putIfAbsent(PGProperty.APPLICATION_NAME.getName(), instanceName);
        driver.checkFiles();
        if (reached == Reached.UNIX_SOCKET) {
            driver.checkUnencrypted();
        }
        return driver.settings;
    }

    private void put(String name, String value, String source) {
        settings.put(name, value);
        sources.put(name, source);
    }

    private void passedThrough(String name, String value) {
        String key = DriverProperties.PREFIX + name;
        String refusal = DriverProperties.refusal(name);
        if (refusal != null) {
            problems.add(key + " cannot be given: " + refusal);
            return;
        }
        if (!name.equals(SSL_PASSWORD) && !value.equals(value.strip())) {
            problems.add(key + " begins or ends with white space; remove it");
            return;
        }
        String fault = DriverProperties.fault(name, value);
        if (fault != null) {
            problems.add(key + " is " + Problems.quoted(value) + ": " + fault);
            return;
        }
        put(name, value, key);
    }

    private void own(String name, Key key) {
        if (values.isNamed(key) && values.driver().containsKey(name)) {
            problems.add(key + " and " + DriverProperties.PREFIX + name + " are the same setting; keep one of them");
            return;
        }
        String value =
                switch (key) {
                    case SSL_KEY_PASSWORD -> values.secret(key);
                    case SSL_MODE -> values.parsed(key, DriverSettings::sslMode).orElse(null);
                    case CONNECT_TIMEOUT ->
                        values.parsed(key, DriverSettings::wholeSeconds).orElse(null);
                    default -> values.literal(key);
                };
        if (value != null) {
            put(name, value, key.property());
        }
    }

    private static String sslMode(String value) {
        String fault = DriverProperties.fault(PGProperty.SSL_MODE.getName(), value);
        if (fault != null) {
            throw new IllegalArgumentException(fault);
        }
        return value;
    }

    private static String wholeSeconds(String value) {
        Duration timeout = Durations.parse(value);
        boolean whole = timeout.equals(Duration.ofSeconds(timeout.toSeconds()));
        if (!whole || timeout.isZero() || timeout.compareTo(LONGEST_CONNECT_TIMEOUT) > 0) {
            throw new IllegalArgumentException("it must be whole seconds, from 1s to 1h");
        }
        return Long.toString(timeout.toSeconds());
    }

    /** A socket factory for TLS of the user's own may read these names in its own way. */
    private void checkFiles() {
        if (settings.containsKey(PGProperty.SSL_FACTORY.getName())) {
            return;
        }
        for (PGProperty property : FILES) {
            String file = settings.get(property.getName());
            String source = sources.get(property.getName());
            if (file != null && !isReadableFile(file)) {
                problems.add(source + ": the file " + Problems.printable(file) + " does not exist or cannot be read");
            }
        }
    }

    /** A user who insists on encryption must not silently get less. */
    private void checkUnencrypted() {
        INSISTING.forEach((property, insisting) -> {
            String value = settings.get(property.getName());
            if (value != null && insisting.contains(value)) {
                problems.add(sources.get(property.getName()) + " is " + Problems.quoted(value)
                        + ", but PostgreSQL encrypts nothing on a unix-domain socket, which never leaves the machine;"
                        + " leave it out, or connect over TCP");
            }
        });
    }

    private static boolean isReadableFile(String file) {
        try {
            Path path = Path.of(file);
            return Files.isRegularFile(path) && Files.isReadable(path);
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
