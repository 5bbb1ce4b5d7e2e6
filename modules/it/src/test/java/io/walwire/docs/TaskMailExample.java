package io.walwire.docs;

import io.walwire.DeadLetters;
import io.walwire.Walwire;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Handlers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** The Java of {@code docs/tasks/mail.md}; {@link DocumentsTest} compares the regions, and {@link TasksTest} runs them. */
final class TaskMailExample {
    private TaskMailExample() {}

    // tag::mail[]
    record User(long id, String email) {}

    record WelcomeMails(Mailer mailer) implements EventHandler {
        @Override
        public void define(Handlers on) {
            on.table("users", User.class)
                    .onInsert(event -> mailer.send(
                            event.id().toString(), // the same whenever the event comes again
                            event.row().email()));
        }
    }
    // end::mail[]

    interface Mailer {
        void send(String idempotencyKey, String address) throws IOException;
    }

    // tag::policy[]
    static FailurePolicy policy(DeadLetters letters) {
        return FailurePolicy.retry(16, Duration.ofMillis(500), Duration.ofMinutes(1)) // 5 to 10 minutes
                .retriable(IOException.class) // what this mailer throws; anything else fails again: do not try it twice
                .thenDeadLetter(letters);
    }
    // end::policy[]

    static void main(Mailer mailer) throws InterruptedException {
        // tag::start[]
        DeadLetters letters = DeadLetters.file(Path.of("unsent-mails.jsonl"));
        try (Walwire walwire = Walwire.builder()
                .properties(Path.of("walwire.properties")) // with walwire.slot.name
                .handler(new WelcomeMails(mailer), policy(letters))
                .closeOnShutdown()
                .start()) {
            walwire.awaitTermination();
        }
        // end::start[]
    }
}
