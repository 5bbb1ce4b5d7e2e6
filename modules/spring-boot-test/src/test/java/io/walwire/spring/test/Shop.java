package io.walwire.spring.test;

import io.walwire.event.Kind;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.spring.OnChange;
import io.walwire.testing.Recorder;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.stereotype.Service;

/** The application's components: handlers, and what a {@link WalwireTest} leaves out. */
final class Shop {
    private Shop() {}

    record User(long id, String email) {}

    interface Mailer {
        void welcome(String email);
    }

    @Component("mails")
    record Mails(Mailer mailer) {
        @OnChange(table = "users", kinds = Kind.INSERT)
        void welcome(User user) {
            mailer.welcome(user.email());
        }
    }

    abstract static class Counting {
        @OnChange(table = "users", kinds = Kind.INSERT)
        void count(User user) {}
    }

    /** Its method is its parent's. */
    @Component
    static class Counter extends Counting {}

    @Component
    static class Audit implements EventHandler {
        final Recorder<String> seen = new Recorder<>();

        @Override
        public void define(Handlers on) {
            on.table("users").onChange(event -> seen.add(event.kind().name()));
        }
    }

    @Component
    static class Outbox implements Mailer {
        private final List<String> sent = new CopyOnWriteArrayList<>();

        @Override
        public void welcome(String email) {
            sent.add(email);
        }

        List<String> sent() {
            return sent;
        }
    }

    /** Needs a database. */
    @Service
    record Warehouse(JdbcTemplate jdbc) {}

    @Configuration(proxyBeanMethods = false)
    static class Others {
        @Bean
        String needed(JdbcTemplate jdbc) {
            return "of " + jdbc;
        }
    }
}
