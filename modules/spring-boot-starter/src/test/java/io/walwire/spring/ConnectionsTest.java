package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.TestDatabase;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.util.ClassUtils;

/** Which database an instance reads. */
class ConnectionsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @RegisterExtension
    final TestDatabase other = TestDatabase.onSharedServer();

    @BeforeEach
    void prepare() throws Exception {
        for (TestDatabase each : new TestDatabase[] {database, other}) {
            each.sql("CREATE TABLE users (id bigint PRIMARY KEY)", "CREATE PUBLICATION events FOR ALL TABLES");
        }
    }

    private static String read(ConfigurableApplicationContext context) {
        return Application.walwire(context).details().database();
    }

    @Test
    void databaseOfTheDataSource_isRead() {
        try (ConfigurableApplicationContext context =
                Application.run(Application.onDataSource(database, "walwire.publication=events"))) {
            assertThat(read(context)).startsWith(database.name() + "@");
        }
    }

    @Test
    void walwiresOwnUrl_wins() {
        try (ConfigurableApplicationContext context = Application.run(
                Application.onDataSource(database, "walwire.publication=events", "walwire.url=" + other.url()))) {
            assertThat(read(context)).startsWith(other.name() + "@");
        }
    }

    /** The password belongs to the DataSource's user, and is not tried for another one. */
    @Test
    void walwiresOwnUser_isNotTheDataSources() throws Exception {
        String role = database.role("LOGIN REPLICATION PASSWORD 'hunter2'");
        try (ConfigurableApplicationContext context = Application.run(Application.onDataSource(
                database, "walwire.publication=events", "walwire.user=" + role, "walwire.password=hunter2"))) {
            assertThat(read(context)).startsWith(database.name() + "@");
            assertThat(database.queryLong("SELECT count(*) FROM pg_stat_replication WHERE usename = ?", role))
                    .isEqualTo(1);
        }
    }

    static class OwnDataSource {
        @Bean
        DataSource dataSource() {
            return new SimpleDriverDataSource();
        }
    }

    /** Spring Boot has no connection details then, but the keys are there. */
    @Test
    void dataSourceOfTheApplicationsOwn_leavesItsKeys() {
        try (ConfigurableApplicationContext context = Application.run(
                Application.onDataSource(database, "walwire.publication=events"), OwnDataSource.class)) {
            assertThat(read(context)).startsWith(database.name() + "@");
        }
    }

    /** The class of either version of Spring Boot. */
    private static Class<?> detailsType() {
        String name = ".JdbcConnectionDetails";
        String ofBoot3 = "org.springframework.boot.autoconfigure.jdbc" + name;
        ClassLoader loader = ConnectionsTest.class.getClassLoader();
        return ClassUtils.resolveClassName(
                ClassUtils.isPresent(ofBoot3, loader) ? ofBoot3 : "org.springframework.boot.jdbc.autoconfigure" + name,
                loader);
    }

    /** Before Spring Boot looks whether there are details already. */
    static class Details implements ImportBeanDefinitionRegistrar {
        private final Environment environment;

        Details(Environment environment) {
            this.environment = environment;
        }

        @Override
        public void registerBeanDefinitions(AnnotationMetadata importing, BeanDefinitionRegistry registry) {
            RootBeanDefinition details = new RootBeanDefinition(detailsType());
            details.setInstanceSupplier(() -> Proxy.newProxyInstance(
                    ConnectionsTest.class.getClassLoader(),
                    new Class<?>[] {detailsType()},
                    (proxy, method, arguments) -> switch (method.getName()) {
                        case "getJdbcUrl" -> environment.getRequiredProperty("service.url");
                        case "getUsername" -> environment.getRequiredProperty("service.user");
                        case "getPassword" -> environment.getRequiredProperty("service.password");
                        case "hashCode" -> System.identityHashCode(proxy);
                        case "equals" -> proxy == arguments[0];
                        case "toString" -> "details";
                        default -> InvocationHandler.invokeDefault(proxy, method, arguments);
                    }));
            registry.registerBeanDefinition("details", details);
        }
    }

    @Import(Details.class)
    static class ServiceConnection {}

    /** As {@code @ServiceConnection} and Docker Compose give it: by a bean, without a key. */
    @Test
    void databaseOfAServiceConnection_isRead() {
        List<String> keys = List.of(
                Application.NO_JPA,
                "service.url=" + Application.plainUrl(database),
                "service.user=" + database.user(),
                "service.password=" + database.password(),
                "walwire.publication=events");
        try (ConfigurableApplicationContext context = Application.run(keys, ServiceConnection.class)) {
            assertThat(read(context)).startsWith(database.name() + "@");
        }
    }
}
