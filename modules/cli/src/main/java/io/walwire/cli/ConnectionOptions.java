package io.walwire.cli;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.error.ConfigurationException;
import io.walwire.internal.config.PropertiesFile;
import io.walwire.internal.config.WalwireConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which database, and which of its tables: the options that {@code tail}, {@code run} and {@code doctor} share. */
final class ConnectionOptions {
    private static final String SLOT = "walwire.slot.name";
    private static final String PASSWORD = "walwire.password";
    private static final String HANDLERS = "walwire.handlers";

    @Option(
            names = "--config",
            paramLabel = "FILE",
            order = 1,
            description = "A properties file with walwire.* keys. The options below take precedence.")
    private @Nullable Path config;

    @Option(
            names = "--url",
            paramLabel = "URL",
            order = 2,
            description = "postgres://role@host:port/database, or postgresql:// or jdbc:postgresql://."
                    + " Without a password there or in --config, PGPASSWORD is used.")
    private @Nullable String url;

    @Option(names = "--user", paramLabel = "ROLE", order = 3, description = "The role to connect as.")
    private @Nullable String user;

    @Option(
            names = "--publication",
            paramLabel = "NAMES",
            order = 4,
            description = "The publication to read, or several, separated by commas.")
    private @Nullable String publication;

    @Option(
            names = "--slot",
            paramLabel = "NAME",
            order = 5,
            description = "A durable replication slot, created if missing. Changes wait in it while nobody reads."
                    + " Without this option the slot is temporary.")
    private @Nullable String slot;

    @Option(
            names = "--subscriptions",
            paramLabel = "TABLES",
            order = 6,
            description = "Only these tables, separated by commas: users, billing.invoice.")
    private @Nullable String subscriptions;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            order = 7,
            description = "Any other property, such as walwire.slot.busy=fail. May be repeated.")
    private Map<String, String> properties = new LinkedHashMap<>();

    /** Everything, with the handlers that the configuration names. */
    WalwireBuilder builder(Map<String, String> environment) {
        WalwireBuilder builder = Walwire.builder();
        if (config != null) {
            builder.properties(config);
        }
        settings(environment).forEach(builder::set);
        return builder;
    }

    /** Everything but the handlers that the configuration names: they, and their classes, are the application's. */
    WalwireBuilder builderWithoutHandlers(Map<String, String> environment) {
        Map<String, String> file = file();
        if (file.keySet().stream().noneMatch(key -> key.startsWith(HANDLERS))) {
            return builder(environment);
        }
        WalwireBuilder builder = Walwire.builder();
        file.forEach((key, value) -> {
            if (!key.startsWith(HANDLERS)) {
                builder.set(key, value);
            }
        });
        settings(environment).forEach(builder::set);
        return builder;
    }

    /** What is configured, of a source of triggers whether or not that is said. */
    WalwireConfig triggersConfig(Map<String, String> environment) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("walwire.source", "triggers");
        all.putAll(withoutHandlers(environment));
        return WalwireConfig.of(all, List.of(), environment::get, false);
    }

    /** What is configured, for a command that streams nothing and so needs no publication. */
    WalwireConfig databaseConfig(Map<String, String> environment) {
        return withoutStream(withoutHandlers(environment), environment);
    }

    /**
     * As {@link #databaseConfig(Map)}, of another database.
     *
     * @param otherUrl where it is; a role that it names is not the one of the options
     */
    WalwireConfig databaseConfig(Map<String, String> environment, String otherUrl) {
        Map<String, String> all = withoutHandlers(environment);
        all.keySet().removeAll(List.of("walwire.host", "walwire.port", "walwire.database"));
        all.put("walwire.url", otherUrl);
        if (Passwords.namesRole(otherUrl)) {
            all.keySet().removeAll(List.of("walwire.user", PASSWORD));
            Passwords.fromEnvironment(all, environment).ifPresent(password -> all.put(PASSWORD, password));
        }
        return withoutStream(all, environment);
    }

    private static WalwireConfig withoutStream(Map<String, String> all, Map<String, String> environment) {
        return WalwireConfig.withoutStream(
                all, List.of(), environment::get, false, (slot, concurrency, kafka) -> List.of());
    }

    private Map<String, String> withoutHandlers(Map<String, String> environment) {
        Map<String, String> all = new LinkedHashMap<>(file());
        all.keySet().removeIf(key -> key.startsWith(HANDLERS));
        all.putAll(settings(environment));
        return all;
    }

    /** Refuses a configuration without handlers: every change would be confirmed, and nothing would be done about it. */
    void requireHandlers(Map<String, String> environment) {
        Map<String, String> all = new LinkedHashMap<>(file());
        all.putAll(settings(environment));
        if (all.keySet().stream().noneMatch(key -> key.startsWith(HANDLERS) || key.startsWith(WalwireConfig.KAFKA))) {
            WalwireConfig.of(all, List.of(), environment::get, false);
            throw new ConfigurationException(
                    List.of(HANDLERS + " is missing; set it to the names of the handlers' classes, or set " + HANDLERS
                            + ".package to their package. A sink such as " + WalwireConfig.KAFKA
                            + "bootstrap needs no handlers"));
        }
    }

    /** The options as configuration keys; {@code --set} wins over the short forms. */
    Map<String, String> settings(Map<String, String> environment) {
        Map<String, String> settings = new LinkedHashMap<>();
        put(settings, "walwire.url", url);
        put(settings, "walwire.user", user);
        put(settings, "walwire.publication", publication);
        put(settings, SLOT, slot);
        put(settings, "walwire.slot.durable", slot == null ? null : "true");
        put(settings, "walwire.subscriptions", subscriptions);
        settings.putAll(properties);
        Map<String, String> all = new LinkedHashMap<>(file());
        all.putAll(settings);
        Passwords.fromEnvironment(all, environment).ifPresent(password -> settings.put(PASSWORD, password));
        return settings;
    }

    /** The slot that is named, or null. */
    @Nullable
    String slot(Map<String, String> environment) {
        return settings(environment).getOrDefault(SLOT, file().get(SLOT));
    }

    /** Whether what is not read now waits in a slot. */
    boolean isDurable(Map<String, String> environment) {
        return settings(environment).containsKey(SLOT) || file().containsKey(SLOT);
    }

    private Map<String, String> file() {
        return config == null ? Map.of() : PropertiesFile.read(config).values();
    }

    private static void put(Map<String, String> settings, String key, @Nullable String value) {
        if (value != null) {
            settings.put(key, value);
        }
    }
}
