package io.walwire.spring;

import io.walwire.error.ConfigurationException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.env.Environment;

/** Where an instance connects to: {@code walwire.url} or {@code walwire.host}, otherwise the application's {@code DataSource}. */
final class Connections {
    private static final String URL = "walwire.url";
    private static final String USER = "walwire.user";
    private static final String PASSWORD = "walwire.password";
    private static final String DRIVER = "jdbc:postgresql:";

    private final ObjectProvider<ApplicationDatabase.Source> sources;
    private final Environment environment;

    Connections(ObjectProvider<ApplicationDatabase.Source> sources, Environment environment) {
        this.sources = sources;
        this.environment = environment;
    }

    /** Adds the application's database, where the keys name none. */
    void complete(Map<String, String> keys) {
        if (keys.containsKey(URL) || keys.containsKey("walwire.host")) {
            return;
        }
        ApplicationDatabase database = find();
        String url = database == null ? null : database.url();
        if (database == null || url == null) {
            return;
        }
        if (!url.startsWith(DRIVER)) {
            throw new ConfigurationException(
                    List.of(URL + " is missing, and the application's DataSource has a URL that"
                            + " begins with " + beginning(url) + ", not with " + DRIVER + "; set " + URL
                            + " to the PostgreSQL database whose changes are wanted"));
        }
        keys.put(URL, literal(url));
        if (!keys.containsKey(USER)) {
            put(keys, USER, database.user());
            if (!keys.containsKey(PASSWORD)) {
                put(keys, PASSWORD, database.password());
            }
        }
    }

    /** The bean that Spring Boot makes of {@code spring.datasource}, or a container; otherwise the properties alone. */
    private @Nullable ApplicationDatabase find() {
        ApplicationDatabase found = sources.orderedStream()
                .map(ApplicationDatabase.Source::find)
                .filter(database -> database != null)
                .findFirst()
                .orElse(null);
        return found != null
                ? found
                : new ApplicationDatabase(
                        environment.getProperty("spring.datasource.url"),
                        environment.getProperty("spring.datasource.username"),
                        environment.getProperty("spring.datasource.password"));
    }

    private static void put(Map<String, String> keys, String key, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            keys.put(key, literal(value));
        }
    }

    /** Spring has replaced placeholders; what looks like one still is part of a password. */
    private static String literal(String value) {
        return value.replace("${", "$${");
    }

    /** The URL up to its second colon, which is before any password. */
    private static String beginning(String url) {
        int second = url.indexOf(':', url.indexOf(':') + 1);
        return second < 0 ? "another driver's name" : url.substring(0, second + 1);
    }
}
