package io.walwire.spring;

import com.fasterxml.jackson.databind.cfg.PackageVersion;
import io.walwire.Walwire;
import io.walwire.error.WalwireException;
import io.walwire.event.Row;
import io.walwire.handler.EventHandler;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.util.DriverInfo;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Applications with a mistake each, one after another, as a user sees them. */
@SuppressWarnings("SystemOut")
final class BadStarts {
    private static final String EVENTS = "walwire.publication=events";

    private BadStarts() {}

    /**
     * Starts all of them.
     *
     * @param urls of the database, of a pooler before it, and of a role without REPLICATION
     */
    public static void main(String[] urls) throws Exception {
        String url = urls[0];
        System.out.println("libraries " + DriverInfo.DRIVER_VERSION + " " + PackageVersion.VERSION);
        run("wrong key", url, List.of(EVENTS, "walwire.slot.nmae=shop", "walwire.buffer=much"));
        run("pooler", urls[1], List.of(EVENTS));
        run("role", urls[2], List.of(EVENTS));
        run("publication", url, List.of("walwire.publication=evnts"));
        run("handlers of one name", url, List.of(EVENTS), OneName.class);
        run("beans of one name", url, List.of(EVENTS), First.class, Second.class);
        run("method", url, List.of(EVENTS), StaticMethod.class);
        run("handler that throws", url, List.of(EVENTS), Throwing.class);
        runUnfit(url);
        System.exit(0);
    }

    private static void run(String name, String url, List<String> keys, Class<?>... sources) {
        System.out.println("=== " + name);
        List<String> all = new ArrayList<>(keys);
        all.add(Application.NO_JPA);
        all.add("spring.datasource.url=" + url);
        try {
            Application.run(all, sources).close();
            System.out.println("it started");
        } catch (RuntimeException e) {
            System.out.println("it did not start");
        }
    }

    /** A record is held against its table when the first row comes. */
    private static void runUnfit(String url) throws SQLException {
        System.out.println("=== record");
        List<String> keys =
                List.of(EVENTS, Application.NO_JPA, "spring.datasource.url=" + url, "walwire.failure.retries=0");
        try (ConfigurableApplicationContext context = Application.run(keys, Unfit.class);
                Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO users VALUES (1, 'ada@example.org')");
            Walwire walwire = Application.walwire(context);
            walwire.completion()
                    .handle((none, failure) -> failure)
                    .toCompletableFuture()
                    .join();
            System.out.println("health " + context.getBean(Instances.class).health());
        } catch (WalwireException e) {
            System.out.println("it did not start");
        }
    }

    static class OneName {
        @Bean
        EventHandler first() {
            return new FailuresTest.OneName("mails");
        }

        @Bean
        EventHandler second() {
            return new FailuresTest.OneName("mails");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class First {
        @Bean
        EventHandler mails() {
            return on -> on.table("users").onInsert(event -> {});
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Second {
        @Bean
        EventHandler mails() {
            return on -> on.table("users").onDelete(event -> {});
        }
    }

    static class StaticMethod {
        @OnChange("users")
        static void hidden(Row row) {}
    }

    static class Throwing {
        @Bean
        EventHandler broken() {
            return on -> {
                throw new IllegalStateException("no template of the mails");
            };
        }
    }

    record Person(int id, String name) {}

    static class Unfit {
        @OnChange("users")
        void onUser(Person person) {}
    }
}
