package io.walwire.examples.mail;

import java.io.IOException;

/** Whatever sends mails: SMTP, a provider's HTTP interface, or a list in a test. */
@FunctionalInterface
public interface MailSender {
    /**
     * Sends a mail, or hands it over for sending.
     *
     * @param mail the mail
     * @throws IOException if that may succeed another time
     * @throws IllegalArgumentException if it never will, because the address is none
     */
    void send(Mail mail) throws IOException;
}
