package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.handler.EventHandler;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

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

    static class Filled {
        final CountDownLatch goOn = new CountDownLatch(1);
        final CountDownLatch begun = new CountDownLatch(1);

        @Bean
        EventHandler users() {
            return on -> on.table("users").onReads(rows -> {
                begun.countDown();
                goOn.await();
            });
        }
    }

    @Test
    void backfills_areShownUntilTheyHaveEnded() throws Exception {
        database.sql("INSERT INTO users VALUES (1), (2)");
        List<String> keys = Application.onUrl(
                database,
                "walwire.publication=events",
                "management.endpoints.jmx.exposure.include=walwire",
                "spring.jmx.enabled=true");
        try (ConfigurableApplicationContext context = Application.run(keys, Filled.class)) {
            WalwireEndpoint endpoint = context.getBean(WalwireEndpoint.class);
            Filled filled = context.getBean(Filled.class);
            BackfillRun run = Application.walwire(context).backfill("users").start();
            assertThat(filled.begun.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(endpoint.instances().toString())
                    .contains("backfills=[{id=" + run.id(), "state=RUNNING", "rows=0", "totalBytes=");
            filled.goOn.countDown();
            run.completion().toCompletableFuture().get(30, TimeUnit.SECONDS);
            Eventually.until(
                    Application.LONG, () -> endpoint.instances().toString().contains("backfills=[]"));
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
