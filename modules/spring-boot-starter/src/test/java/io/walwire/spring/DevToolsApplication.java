package io.walwire.spring;

import io.walwire.event.Kind;
import io.walwire.handler.EventHandler;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * An application that DevTools restarts when a row says so, and that ends when another does. It prints what it has handled, and whose
 * classes its own are. Its arguments are keys.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class DevToolsApplication {
    public static void main(String[] keys) {
        SpringApplication application = new SpringApplication(DevToolsApplication.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.setBannerMode(Banner.Mode.OFF);
        application.run(keys);
        print("started");
    }

    @SuppressWarnings("SystemOut")
    private static void print(String line) {
        System.out.println(line);
        System.out.flush();
    }

    record Order(long id, String command) {}

    @Bean
    Commands commands() {
        return new Commands();
    }

    @Bean
    EventHandler records() {
        return on -> on.table("commands", Order.class)
                .onUpdate(event -> print("updated " + event.row().id()));
    }

    static class Commands {
        @OnChange(table = "commands", kinds = Kind.INSERT)
        void run(Order order) {
            ClassLoader loader = order.getClass().getClassLoader();
            boolean same = loader == DevToolsApplication.class.getClassLoader();
            print("handled " + order.id() + " with " + loader.getClass().getSimpleName() + " " + same);
            if (order.command().equals("restart")) {
                run(DevToolsApplication::restart);
            } else if (order.command().equals("exit")) {
                run(() -> System.exit(0));
            }
        }

        /** The stop waits for the handler. */
        private static void run(Runnable command) {
            new Thread(command, "command").start();
        }
    }

    /** DevTools is not among the classes that this one is compiled with. */
    private static void restart() {
        try {
            Class<?> restarter = Class.forName("org.springframework.boot.devtools.restart.Restarter");
            Object instance = restarter.getMethod("getInstance").invoke(null);
            restarter.getMethod("restart").invoke(instance);
        } catch (ReflectiveOperationException e) {
            print("not restarted: " + e);
        }
    }
}
