package io.walwire.examples.shop;

import io.walwire.event.Kind;
import io.walwire.spring.OnChange;
import io.walwire.spring.WalwireInstance;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.mail.MailSender;
import org.springframework.mail.SimpleMailMessage;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * A mail to each new user, whatever program has inserted the row, and none for a transaction that was rolled back.
 *
 * <p>After a crash an event may come again. So the row says that the mail was sent. If the mail server is away, the exception
 * rolls that back, and the call is made again: {@code walwire.instances.mails.failure.retries}. Only where the process dies
 * after the mail server has answered and before the commit, the mail is sent twice.
 */
@Component
@WalwireInstance("mails")
class WelcomeMails {
    private final JdbcClient database;
    private final MailSender mails;

    WelcomeMails(JdbcClient database, MailSender mails) {
        this.database = database;
        this.mails = mails;
    }

    @OnChange(table = "users", kinds = Kind.INSERT)
    @Transactional
    public void welcome(User user) {
        int changed = database.sql("UPDATE users SET welcomed = true WHERE id = :id AND NOT welcomed")
                .param("id", user.id())
                .update();
        if (changed == 1) {
            SimpleMailMessage mail = new SimpleMailMessage();
            mail.setFrom("shop@example.org");
            mail.setTo(user.email());
            mail.setSubject("Welcome, " + user.name());
            mail.setText("Good to have you here.");
            mails.send(mail);
        }
    }
}
