package io.walwire;

import io.walwire.error.ConfigurationException;
import io.walwire.internal.config.PropertiesFile;
import io.walwire.internal.config.WalwireConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The properties that a builder received: from files, and from setters, which take precedence. */
final class Settings {
    private final Map<String, String> fromFiles = new LinkedHashMap<>();
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();

    void add(Path file) {
        PropertiesFile read = PropertiesFile.read(file);
        problems.addAll(read.problems());
        add(read.values());
    }

    void add(Map<String, String> properties) {
        fromFiles.putAll(properties);
    }

    void set(String key, String value) {
        settings.remove(key);
        settings.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, key));
    }

    /**
     * The configuration, checked.
     *
     * @param credentialsSupplied whether user and password come from elsewhere
     * @param conflicts what of the code does not go together with the rest
     * @throws ConfigurationException with every problem
     */
    WalwireConfig config(boolean credentialsSupplied, WalwireConfig.Conflicts conflicts) {
        return WalwireConfig.of(values(), problems, System::getenv, credentialsSupplied, conflicts);
    }

    /**
     * The configuration, checked, of what streams nothing: no publication is needed.
     *
     * @param credentialsSupplied whether user and password come from elsewhere
     * @param conflicts what of the code does not go together with the rest
     * @throws ConfigurationException with every problem
     */
    WalwireConfig withoutStream(boolean credentialsSupplied, WalwireConfig.Conflicts conflicts) {
        return WalwireConfig.withoutStream(values(), problems, System::getenv, credentialsSupplied, conflicts);
    }

    private Map<String, String> values() {
        Map<String, String> values = new LinkedHashMap<>(fromFiles);
        values.putAll(settings);
        return values;
    }

    /** Shows no values: one of them may be a password. */
    @Override
    public String toString() {
        return settings.keySet().toString();
    }
}
