package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.handler.EventHandler;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.management.MBeanOperationInfo;
import javax.management.ObjectName;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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
            assertThat(filled.begun.await(180, TimeUnit.SECONDS)).isTrue();
            assertThat(endpoint.instances().toString())
                    .contains("backfills=[{id=" + run.id(), "state=RUNNING", "rows=0", "totalBytes=");
            filled.goOn.countDown();
            run.completion().toCompletableFuture().get(180, TimeUnit.SECONDS);
            Eventually.until(
                    Application.LONG, () -> endpoint.instances().toString().contains("backfills=[]"));
        }
    }

    private List<String> steered(String... more) {
        return Application.onUrl(
                database,
                Stream.concat(
                                Stream.of(
                                        "walwire.publication=events",
                                        "management.endpoints.jmx.exposure.include=walwire",
                                        "management.endpoints.jmx.domain=" + database.name(),
                                        "spring.jmx.enabled=true"),
                                Stream.of(more))
                        .toArray(String[]::new));
    }

    private Object backfill(String backfill, String action) throws Exception {
        String text = String.class.getName();
        return ManagementFactory.getPlatformMBeanServer()
                .invoke(endpointName(), "backfill", new Object[] {"walwire", backfill, action}, new String[] {
                    text, text, text
                });
    }

    private ObjectName endpointName() throws Exception {
        return new ObjectName(database.name() + ":type=Endpoint,name=Walwire");
    }

    @Test
    void backfills_areSteered_whereTheApplicationAllowsIt() throws Exception {
        database.sql("INSERT INTO users VALUES (1), (2)");
        List<String> keys = steered("management.endpoint.walwire.access=unrestricted");
        try (ConfigurableApplicationContext context = Application.run(keys, Filled.class)) {
            Filled filled = context.getBean(Filled.class);
            assertThat(backfill("users", "start").toString()).contains("table=public.users");
            BackfillRun run = Application.walwire(context).backfills().get(0);
            assertThat(filled.begun.await(180, TimeUnit.SECONDS)).isTrue();
            assertThat(backfill("users", "pause").toString()).contains("id=" + run.id(), "state=PAUSED");
            assertThat(backfill("public.users", "resume").toString()).contains("state=RUNNING");
            assertThat(backfill(run.id(), "cancel").toString()).contains("id=" + run.id());
            filled.goOn.countDown();
            Eventually.until(Application.LONG, () -> run.progress().state() == BackfillState.CANCELLED);
            Eventually.until(
                    Application.LONG,
                    () -> Application.walwire(context).backfills().isEmpty());
            assertThatThrownBy(() -> backfill("users", "pause"))
                    .hasStackTraceContaining("No backfill users is running.");
            assertThatThrownBy(() -> backfill("absent", "start")).hasStackTraceContaining("public.absent");
            assertThatThrownBy(() -> backfill("a.b.c", "start")).hasStackTraceContaining("3 parts");
        }
    }

    private List<String> operations(String... access) throws Exception {
        try (ConfigurableApplicationContext context = Application.run(steered(access), Filled.class)) {
            assertThat(context.isRunning()).isTrue();
            return Stream.of(ManagementFactory.getPlatformMBeanServer()
                            .getMBeanInfo(endpointName())
                            .getOperations())
                    .map(MBeanOperationInfo::getName)
                    .toList();
        }
    }

    @Test
    void backfills_areNotSteered_whereTheEndpointIsReadOnly() throws Exception {
        assertThat(operations()).containsExactly("instances");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"management.endpoints.access.default=unrestricted", "management.endpoint.walwire.enabled=true"})
    void backfills_areSteered_whereEndpointsAreUnrestricted(String access) throws Exception {
        assertThat(operations(access)).containsExactlyInAnyOrder("instances", "backfill");
    }

    @Test
    void backfills_areNotSteered_whereNoEndpointMayBeMoreThanReadOnly() throws Exception {
        assertThat(operations(
                        "management.endpoint.walwire.access=unrestricted",
                        "management.endpoints.access.max-permitted=read-only"))
                .containsExactly("instances");
    }

    @Test
    void endpoint_isNotThereWhereItsAccessIsNone() {
        try (ConfigurableApplicationContext context = run(
                "management.endpoints.jmx.exposure.include=walwire",
                "spring.jmx.enabled=true",
                "management.endpoint.walwire.access=none")) {
            assertThat(context.getBeanProvider(WalwireEndpoint.class).getIfAvailable())
                    .isNull();
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
