package io.walwire.spring;

import io.walwire.Walwire;
import io.walwire.testing.TestDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** Starts a real application, as its {@code main} method does, with keys in place of {@code application.properties}. */
final class Application {
    static final Duration LONG = Duration.ofMinutes(3);

    /** In either version; Spring Boot ignores the name that it does not have. */
    static final String NO_JPA = "spring.autoconfigure.exclude="
            + "org.springframework.boot.autoconfigure.orm.jpa.HibernateJpaAutoConfiguration,"
            + "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration";

    private static final String NO_DATA_SOURCE = NO_JPA
            + ",org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration"
            + ",org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration";

    private Application() {}

    /** An application that has nothing but its auto-configuration. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Empty {}

    /**
     * Started with some classes as its configuration and beans. Repositories of Spring Data are there only where a key switches them on.
     */
    static ConfigurableApplicationContext run(List<String> keys, Class<?>... sources) {
        List<Class<?>> all = new ArrayList<>(List.of(sources));
        all.add(Empty.class);
        return new SpringApplicationBuilder(all.toArray(Class<?>[]::new))
                .web(WebApplicationType.NONE)
                .bannerMode(Banner.Mode.OFF)
                .registerShutdownHook(false)
                .logStartupInfo(false)
                .properties("spring.data.jdbc.repositories.enabled=false", "spring.data.jpa.repositories.enabled=false")
                .run(keys.stream().map(key -> "--" + key).toArray(String[]::new));
    }

    /** Keys with the database as the application's {@code DataSource}. */
    static List<String> onDataSource(TestDatabase database, String... more) {
        return Stream.concat(Stream.of(NO_JPA), onJpa(database, more).stream()).toList();
    }

    /** As {@link #onDataSource}, with JPA. */
    static List<String> onJpa(TestDatabase database, String... more) {
        return Stream.concat(
                        Stream.of(
                                "spring.datasource.url=" + plainUrl(database),
                                "spring.datasource.username=" + database.user(),
                                "spring.datasource.password=" + database.password()),
                        Stream.of(more))
                .toList();
    }

    /** Keys with the database as that of Walwire alone. */
    static List<String> onUrl(TestDatabase database, String... more) {
        return Stream.concat(Stream.of("walwire.url=" + database.url(), NO_DATA_SOURCE), Stream.of(more))
                .toList();
    }

    static String plainUrl(TestDatabase database) {
        return "jdbc:postgresql://" + database.server().host() + ":"
                + database.server().port() + "/" + database.name();
    }

    /** The only instance of an application, which has started. */
    static Walwire walwire(ConfigurableApplicationContext context) {
        return context.getBeanProvider(Walwire.class).getObject();
    }

    /** Waits until an instance has handled everything that is committed. */
    static void awaitCurrent(Walwire walwire) throws InterruptedException {
        if (!walwire.awaitCurrent(LONG)) {
            throw new AssertionError("Not everything is handled: " + walwire.status());
        }
    }
}
