package io.walwire.examples.mail;

import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Properties;

/** Sends mails through an SMTP server. */
public final class SmtpMailSender implements MailSender {
    private static final String TIMEOUT = Long.toString(Duration.ofSeconds(10).toMillis());

    private final Session session;
    private final InternetAddress from;

    /**
     * Does not connect yet.
     *
     * @param host the SMTP server
     * @param port its port
     * @param from the sender's address, such as {@code shop@example.org}
     */
    public SmtpMailSender(String host, int port, String from) {
        this.from = address(from);
        Properties settings = new Properties();
        settings.setProperty("mail.smtp.host", host);
        settings.setProperty("mail.smtp.port", Integer.toString(port));
        settings.setProperty("mail.smtp.starttls.enable", "true");
        // without them a server that says nothing would hold up the handler, and all that come after it, for ever
        settings.setProperty("mail.smtp.connectiontimeout", TIMEOUT);
        settings.setProperty("mail.smtp.timeout", TIMEOUT);
        settings.setProperty("mail.smtp.writetimeout", TIMEOUT);
        session = Session.getInstance(settings);
    }

    @Override
    public void send(Mail mail) throws IOException {
        try (Transport transport = session.getTransport("smtp")) {
            MimeMessage message = message(mail);
            transport.connect();
            transport.sendMessage(message, message.getAllRecipients());
        } catch (MessagingException e) {
            throw new IOException(
                    "Mail " + mail.id() + " was not taken by " + session.getProperty("mail.smtp.host"), e);
        }
    }

    private MimeMessage message(Mail mail) throws MessagingException {
        MimeMessage message = new MimeMessage(session);
        message.setFrom(from);
        message.setRecipient(Message.RecipientType.TO, address(mail.to()));
        message.setSubject(mail.subject(), StandardCharsets.UTF_8.name());
        message.setText(mail.text(), StandardCharsets.UTF_8.name());
        message.saveChanges();
        // the same whenever the mail is sent: mailboxes that drop what they have already can do so
        message.setHeader(
                "Message-ID", "<" + mail.id() + "@" + from.getAddress().replaceFirst(".*@", "") + ">");
        return message;
    }

    private static InternetAddress address(String text) {
        try {
            return new InternetAddress(text, true);
        } catch (AddressException e) {
            throw new IllegalArgumentException("Not a mail address", e);
        }
    }
}
