package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.TestDatabase;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.ConfigurableApplicationContext;

/** Health and the endpoint, with the classes of the version of Spring Boot that is there. */
class ActuatorTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void prepare() throws Exception {
        database.sql("CREATE TABLE users (id bigint PRIMARY KEY)", "CREATE PUBLICATION events FOR ALL TABLES");
    }

    private ConfigurableApplicationContext run(String... more) {
        return Application.run(Application.onUrl(
                database,
                Stream.concat(Stream.of("walwire.publication=events"), Stream.of(more))
                        .toArray(String[]::new)));
    }

    @Test
    void health_isUpWhileItStreams_andDownAfter() {
        try (ConfigurableApplicationContext context = run()) {
            String indicator = "walwireHealthIndicator";
            assertThat(health(context, indicator)).startsWith("UP").contains("state=STREAMING");
            Application.walwire(context).close();
            assertThat(health(context, indicator)).startsWith("DOWN").contains("state=STOPPED");
        }
    }

    /** Without a name of either version's class. */
    private static String health(ConfigurableApplicationContext context, String bean) {
        try {
            Object indicator = context.getBean(bean);
            Method health = context.getType(bean).getInterfaces()[0].getMethod("health");
            return String.valueOf(health.invoke(indicator));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the indicator of this version of Spring Boot has no such method", e);
        }
    }

    @Test
    void healthThatIsSwitchedOff_isNotThere() {
        try (ConfigurableApplicationContext context = run("management.health.walwire.enabled=false")) {
            assertThat(context.containsBean("walwireHealthIndicator")).isFalse();
        }
    }

    @Test
    void endpoint_isThereWhereItIsExposed() {
        try (ConfigurableApplicationContext context =
                run("management.endpoints.jmx.exposure.include=walwire", "spring.jmx.enabled=true")) {
            Map<String, Object> shown = context.getBean(WalwireEndpoint.class).instances();
            assertThat(shown.toString())
                    .contains("up=true", "state=STREAMING", "publications=[events]", "watches={")
                    .doesNotContain(database.password());
        }
    }

    @Test
    void endpoint_isNotThereWhereItIsNotExposed() {
        try (ConfigurableApplicationContext context = run()) {
            assertThat(context.getBeanProvider(WalwireEndpoint.class).getIfAvailable())
                    .isNull();
        }
    }
}
