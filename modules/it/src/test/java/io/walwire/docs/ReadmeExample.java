package io.walwire.docs;

import io.walwire.Walwire;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Filter;
import io.walwire.handler.Handlers;
import io.walwire.watch.Subscription;
import java.nio.file.Path;
import java.util.concurrent.Executor;

/** The README's Java, compiled; {@link DocumentsTest} compares the regions with its code blocks. */
final class ReadmeExample {
    private ReadmeExample() {}

    // tag::handler[]
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
    // end::handler[]

    static void main(Mailer mailer, Index index) throws InterruptedException {
        // tag::main[]
        try (Walwire walwire = Walwire.builder()
                .properties(Path.of("walwire.properties"))
                .handler(new UserEvents(mailer, index))
                .closeOnShutdown() // on a signal, finishes the current transaction
                .start()) { // returns once it streams or stands by, or throws
            walwire.awaitTermination();
        }
        // end::main[]
    }

    interface Cache {
        void refresh(long id);
    }

    static void watch(Walwire walwire, Cache cache, Executor executor) {
        // tag::watch[]
        Subscription subscription = walwire.watch("users")
                .updated()
                .columns("email") // only if its value changed, or may have
                .key(42L) // or where("role_id", 7): records that have it before or after
                .subscribe(executor, event -> cache.refresh(42L)); // close it together with the page
        // end::watch[]
        subscription.close();
    }

    interface Mailer {
        void welcome(String email);

        void confirm(String email);
    }

    interface Index {
        void drop(long id);
    }
}
