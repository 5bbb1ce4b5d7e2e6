package io.walwire.spring;

import io.walwire.WalwireBuilder;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/** Walwire's keys in the application's environment, with relaxed binding. */
final class EnvironmentKeys {
    static final String PREFIX = "walwire.";

    private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("walwire");
    private static final ConfigurationPropertyName INSTANCES = ROOT.append("instances");

    /** Settings of the Kafka sink, whose names the sink itself knows. */
    private static final String KAFKA = "kafka";

    private static final Pattern INDEX = Pattern.compile("\\.\\d+$");

    /** Keys of the starter itself, below {@link #ROOT}. */
    private static final Set<ConfigurationPropertyName> OWN = Set.of(ROOT.append("enabled"), INSTANCES);

    /** Blank it is as none: a test or a profile has no other way to take back what the application has set. */
    private static final String SLOT_NAME = "walwire.slot.name";

    /** What one instance has for itself: two instances with one slot would wait for each other. */
    private static final Set<String> NOT_SHARED = Set.of("walwire.name", SLOT_NAME);

    /** YAML reads {@code on} and {@code off} as a boolean. */
    private static final Set<String> SWITCHES = Set.of("walwire.streaming", "walwire.coalesce");

    private static final Map<String, String> SWITCH_VALUES = Map.of("true", "on", "false", "off");

    private final Environment environment;
    private final Binder binder;

    EnvironmentKeys(Environment environment) {
        this.environment = environment;
        binder = Binder.get(environment);
    }

    /** The names of {@code walwire.instances.NAME}, in the order of the environment; empty if there is none. */
    Set<String> instanceNames() {
        return new LinkedHashSet<>(binder.bind(INSTANCES, Bindable.mapOf(String.class, Object.class))
                .orElse(Map.of())
                .keySet());
    }

    /**
     * The keys of an instance, as {@link WalwireBuilder} names them; also names that are no key, so that the builder can say so.
     *
     * @param instance one of {@link #instanceNames()}, which also has what all instances share; null for the only instance
     */
    Map<String, String> of(@Nullable String instance) {
        if (instance == null) {
            return below(ROOT);
        }
        Map<String, String> keys = below(ROOT);
        keys.keySet().removeAll(NOT_SHARED);
        keys.put("walwire.name", instance);
        keys.putAll(below(ConfigurationPropertyName.adapt(INSTANCES + "." + instance, '.')));
        return keys;
    }

    private Map<String, String> below(ConfigurationPropertyName root) {
        Map<String, String> keys = new LinkedHashMap<>();
        Set<ConfigurationPropertyName> known = new LinkedHashSet<>(OWN);
        for (String key : WalwireBuilder.propertyNames()) {
            ConfigurationPropertyName name = name(root, key);
            known.add(name);
            String value = value(name);
            if (value != null && !(value.isBlank() && key.equals(SLOT_NAME))) {
                keys.put(key, SWITCHES.contains(key) ? SWITCH_VALUES.getOrDefault(value, value) : value);
            }
        }
        ConfigurationPropertyName kafka = root.append(KAFKA);
        binder.bind(kafka, Bindable.mapOf(String.class, String.class))
                .orElse(Map.of())
                .forEach((name, value) -> keys.merge(
                        PREFIX + KAFKA + "." + INDEX.matcher(name).replaceFirst(""),
                        value,
                        (list, element) -> list + ", " + element));
        for (ConfigurationPropertyName name : namesBelow(root)) {
            if (!known.contains(name) && !kafka.isAncestorOf(name)) {
                keys.put(PREFIX + name.subName(root.getNumberOfElements()), "");
            }
        }
        return keys;
    }

    private static ConfigurationPropertyName name(ConfigurationPropertyName root, String key) {
        return ConfigurationPropertyName.adapt(root + key.substring(PREFIX.length() - 1), '.');
    }

    /** A list becomes one value, separated by commas. */
    private @Nullable String value(ConfigurationPropertyName name) {
        return binder.bind(name, Bindable.of(String.class))
                .orElseGet(() -> binder.bind(name, Bindable.listOf(String.class))
                        .map(list -> String.join(", ", list))
                        .orElse(null));
    }

    /**
     * What the application's own sources name. Environment variables and system properties are the whole machine's and JVM's:
     * others may begin with {@code WALWIRE_}, too.
     */
    private Set<ConfigurationPropertyName> namesBelow(ConfigurationPropertyName root) {
        Set<ConfigurationPropertyName> names = new LinkedHashSet<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource all && !isOfProcess(source)) {
                all.stream()
                        .filter(root::isAncestorOf)
                        .filter(name -> !root.equals(ROOT) || !INSTANCES.isAncestorOf(name))
                        .map(EnvironmentKeys::withoutIndex)
                        .forEach(names::add);
            }
        }
        return names;
    }

    private static boolean isOfProcess(ConfigurationPropertySource source) {
        return source.getUnderlyingSource() instanceof PropertySource<?> underlying
                && List.of(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                                StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME)
                        .contains(underlying.getName());
    }

    private static ConfigurationPropertyName withoutIndex(ConfigurationPropertyName name) {
        ConfigurationPropertyName whole = name;
        while (whole.isLastElementIndexed()) {
            whole = whole.getParent();
        }
        return whole;
    }
}
