package io.walwire.examples.mail;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.GreenMailUtil;
import com.icegreen.greenmail.util.ServerSetup;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.util.ArrayList;
import java.util.List;

/** An SMTP server on this machine that can go away and come back on the same port. */
final class LocalMailServer implements AutoCloseable {
    private static final String HOST = "127.0.0.1";

    private GreenMail server = new GreenMail(setup(0));
    private final int port;

    /**
     * A mail that has arrived.
     *
     * @param id its Message-ID
     * @param to its recipient
     * @param subject its subject
     * @param text its text
     */
    record Received(String id, String to, String subject, String text) {}

    LocalMailServer() {
        server.start();
        port = server.getSmtp().getPort();
    }

    private static ServerSetup setup(int port) {
        return new ServerSetup(port, HOST, ServerSetup.PROTOCOL_SMTP);
    }

    MailSender sender() {
        return new SmtpMailSender(HOST, port, "shop@example.org");
    }

    void goAway() {
        server.stop();
    }

    void comeBack() {
        server = new GreenMail(setup(port));
        server.start();
    }

    List<Received> received() throws MessagingException {
        List<Received> received = new ArrayList<>();
        for (MimeMessage message : server.getReceivedMessages()) {
            String to = message.getRecipients(Message.RecipientType.TO)[0].toString();
            String text = GreenMailUtil.getBody(message).strip();
            received.add(new Received(message.getMessageID(), to, message.getSubject(), text));
        }
        return received;
    }

    @Override
    public void close() {
        server.stop();
    }
}
