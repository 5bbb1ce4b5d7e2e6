package com.example.shop;

import io.walwire.Walwire;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Filter;
import io.walwire.handler.Handlers;
import java.nio.file.Path;

public class Shop {
    record User(long id, String email) {} // components match columns in snake_case

    record UserEvents(Mailer mailer, Index index) implements EventHandler {
        @Override
        public void define(Handlers on) {
            on.table("users", User.class)
                    .onInsert(e -> mailer.welcome(e.row().email()))
                    .filter(Filter.changed("email")) // needs REPLICA IDENTITY FULL
                    .onUpdate(e -> mailer.confirm(e.row().email()))
                    .onDelete(e -> index.drop(e.key().getLong("id")));
        }
    }

    static class Mailer {
        void welcome(String email) {
            System.out.println("Welcome, " + email);
        }

        void confirm(String email) {
            System.out.println("Please confirm, " + email);
        }
    }

    static class Index {
        void drop(long id) {
            System.out.println("Dropped " + id);
        }
    }

    public static void main(String[] args) throws InterruptedException {
        Mailer mailer = new Mailer();
        Index index = new Index();
        try (Walwire walwire = Walwire.builder()
                .properties(Path.of("walwire.properties"))
                .handler(new UserEvents(mailer, index))
                .closeOnShutdown() // on a signal, finishes the current transaction
                .start()) { // returns once it streams or stands by, or throws
            walwire.awaitTermination();
        }
    }
}
