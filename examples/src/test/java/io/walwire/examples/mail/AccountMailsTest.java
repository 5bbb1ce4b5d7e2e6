package io.walwire.examples.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.walwire.event.EventId;
import io.walwire.examples.mail.LocalMailServer.Received;
import io.walwire.handler.DeadLetter;
import io.walwire.testkit.WalwireExtension;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sign-ups and changes of plan, and the mails that a real SMTP server gets of them. */
class AccountMailsTest {
    private static final String SIGN_UP = "INSERT INTO users (email, name) VALUES (?, ?)";

    private final LocalMailServer smtp = new LocalMailServer();
    private final MailSender sender = smtp.sender();
    private final CountDownLatch refused = new CountDownLatch(1);
    private final AccountMails mails = new AccountMails(this::send);
    private final List<DeadLetter> unsent = new CopyOnWriteArrayList<>();

    /** What a handler after the mails has seen; it can be made to fail. */
    private final List<EventId> seen = new CopyOnWriteArrayList<>();

    private final AtomicBoolean failing = new AtomicBoolean();

    @RegisterExtension
    final WalwireExtension shop = WalwireExtension.builder()
            .schema("""
                    CREATE TABLE users (
                      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                      email text NOT NULL,
                      name text NOT NULL,
                      plan text NOT NULL DEFAULT 'free',
                      visits integer NOT NULL DEFAULT 0);
                    ALTER TABLE users REPLICA IDENTITY FULL""")
            .configure(builder -> builder.handler(mails, AccountMails.policy(unsent::add)))
            .configure(builder -> builder.handler(on -> on.table("users").onInsert(event -> {
                seen.add(event.id());
                if (failing.getAndSet(false)) {
                    throw new IllegalStateException("as the test wants it");
                }
            })))
            .build();

    @AfterEach
    void stopMailServer() {
        smtp.close();
    }

    private void send(Mail mail) throws IOException {
        try {
            sender.send(mail);
        } catch (IOException e) {
            refused.countDown();
            throw e;
        }
    }

    @Test
    void signUp_committed_sendsOneWelcome() throws Exception {
        shop.execute(SIGN_UP, "ada@example.org", "Ada");
        shop.awaitHandled();

        assertThat(smtp.received())
                .extracting(Received::to, Received::subject, Received::text)
                .containsExactly(tuple("ada@example.org", "Welcome", "Hello Ada,\r\n\r\nyour plan is free."));
    }

    @Test
    void signUp_rolledBack_sendsNone() throws Exception {
        shop.execute("BEGIN; INSERT INTO users (email, name) VALUES ('eve@example.org', 'Eve'); ROLLBACK");
        shop.execute(SIGN_UP, "ada@example.org", "Ada");
        shop.awaitHandled();

        assertThat(smtp.received()).extracting(Received::to).containsExactly("ada@example.org");
    }

    @Test
    void update_ofThePlanAlone_sendsAMail() throws Exception {
        shop.execute(SIGN_UP, "ada@example.org", "Ada");
        shop.execute("UPDATE users SET visits = visits + 1");
        shop.execute("UPDATE users SET plan = 'free'"); // as it was
        shop.execute("UPDATE users SET plan = 'pro', visits = visits + 1");
        shop.awaitHandled();

        assertThat(smtp.received())
                .extracting(Received::subject, Received::text)
                .containsExactly(
                        tuple("Welcome", "Hello Ada,\r\n\r\nyour plan is free."),
                        tuple("Your new plan", "Hello Ada,\r\n\r\nyour plan is now pro."));
    }

    @Test
    void update_whoseOldPlanIsNotKnown_sendsNone() throws Exception {
        shop.execute("ALTER TABLE users REPLICA IDENTITY DEFAULT");
        shop.execute(SIGN_UP, "ada@example.org", "Ada");
        shop.execute("UPDATE users SET visits = visits + 1");
        shop.awaitHandled();

        assertThat(smtp.received()).extracting(Received::subject).containsExactly("Welcome");
    }

    @Test
    void redelivery_ofASentMail_sendsNoOther() throws Exception {
        failing.set(true); // the next handler, so that the transaction is not confirmed
        shop.execute(SIGN_UP, "ada@example.org", "Ada");
        shop.awaitFailure();
        shop.restart();
        shop.awaitHandled();

        assertThat(seen).as("came twice, as the same event").hasSize(2).containsOnly(seen.get(0));
        assertThat(smtp.received()).extracting(Received::id).containsExactly("<" + seen.get(0) + "@example.org>");
    }

    @Test
    void mailServer_thatIsAway_getsTheMailWhenItIsBack() throws Exception {
        smtp.goAway();
        shop.execute(SIGN_UP, "ada@example.org", "Ada");
        assertThat(refused.await(30, TimeUnit.SECONDS)).isTrue();
        smtp.comeBack();
        shop.awaitHandled();

        assertThat(smtp.received()).extracting(Received::to).containsExactly("ada@example.org");
        assertThat(unsent).isEmpty();
    }

    @Test
    void address_thatIsNone_isKeptAndHoldsUpNobody() throws Exception {
        shop.execute(SIGN_UP, "not an address", "Eve");
        shop.execute(SIGN_UP, "ada@example.org", "Ada");
        shop.awaitHandled();

        assertThat(unsent).hasSize(1);
        assertThat(unsent.get(0).cause()).isInstanceOf(IllegalArgumentException.class);
        assertThat(unsent.get(0).attempts()).isEqualTo(1);
        assertThat(smtp.received()).extracting(Received::to).containsExactly("ada@example.org");
    }
}
