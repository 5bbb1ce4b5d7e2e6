package io.walwire.examples.mail;

import io.walwire.DeadLetters;
import io.walwire.Walwire;
import io.walwire.event.Condition;
import io.walwire.event.EventId;
import io.walwire.event.RowEvent;
import io.walwire.handler.Callback;
import io.walwire.handler.DeadLetter;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Handlers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A mail to who signs up, and one to who changes the plan. The code that writes to {@code users} knows nothing of it, and
 * neither does an {@code UPDATE} that somebody makes in psql: the mail follows from the committed row. A sign-up that is
 * rolled back sends none.
 *
 * <p>It is a handler and not a watch, because a mail has to go out also for what was committed while the application was
 * away: with {@code walwire.slot.name} the server keeps that.
 *
 * <p>Delivery is at least once. An event that comes again has the same {@link EventId}, so the mails that this process has
 * sent are not sent again. If the process dies after the SMTP server took a mail and before PostgreSQL was notified, the mail
 * goes out a second time: no mail server takes part in a transaction of yours. The second has the same {@code Message-ID},
 * by which mailboxes recognize it; a provider that takes an idempotency key would be given the same id.
 */
public final class AccountMails implements EventHandler {
    /** What comes again is what was not confirmed: the last transactions. So that is what has to be remembered. */
    private static final int REMEMBERED = 10_000;

    private final MailSender sender;
    private final RecentIds sent = new RecentIds(REMEMBERED);

    /**
     * Sends nothing before the first event.
     *
     * @param sender sends the mails
     */
    public AccountMails(MailSender sender) {
        this.sender = sender;
    }

    /** What is read of a row: the components match columns, and the table may have more. */
    record User(long id, String email, String name, String plan) {}

    @Override
    public void define(Handlers on) {
        on.table("users", User.class)
                .onInsert(this::welcome)
                // An update of which it is not known would be kept, and the log says what is missing to know it:
                // ALTER TABLE users REPLICA IDENTITY FULL. A mail should go out only where it is known.
                .filter(Condition.column("plan").changed().certain())
                .onUpdate(this::planChanged);
        // a server that was restored from a backup counts its positions, and so the ids, again
        on.onGap(gap -> sent.clear());
    }

    private void welcome(RowEvent<User> event) throws IOException {
        User user = event.row();
        send(event.id(), user, "Welcome", "Hello " + user.name() + ",\n\nyour plan is " + user.plan() + ".\n");
    }

    private void planChanged(RowEvent<User> event) throws IOException {
        User user = event.row();
        send(
                event.id(),
                user,
                "Your new plan",
                "Hello " + user.name() + ",\n\nyour plan is now " + user.plan() + ".\n");
    }

    private void send(EventId id, User to, String subject, String text) throws IOException {
        if (sent.contains(id)) {
            return;
        }
        sender.send(new Mail(id.toString(), to.email(), subject, text));
        sent.add(id); // after it: a mail that failed is tried again
    }

    /**
     * Tries for five to ten minutes while the mail server is away, during which the stream waits. Then, and at once for what
     * will never succeed, keeps the call and goes on with the next.
     *
     * @param letters where calls that failed are kept
     * @return the policy for this handler
     */
    public static FailurePolicy policy(Callback<DeadLetter> letters) {
        return FailurePolicy.retry(16, Duration.ofMillis(500), Duration.ofMinutes(1))
                .retriable(IOException.class)
                .thenDeadLetter(letters);
    }

    /**
     * Runs until it is stopped by a signal, which lets the transaction in hand finish.
     *
     * @param args the properties file, the SMTP server and its port
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        MailSender sender = new SmtpMailSender(args[1], Integer.parseInt(args[2]), "shop@example.org");
        DeadLetters letters = DeadLetters.file(Path.of("unsent-mails.jsonl"));
        try (Walwire walwire = Walwire.builder()
                .properties(Path.of(args[0])) // with walwire.slot.name
                .handler(new AccountMails(sender), policy(letters))
                .closeOnShutdown()
                .start()) {
            walwire.awaitTermination();
        }
    }
}
