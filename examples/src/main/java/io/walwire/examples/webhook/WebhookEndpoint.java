package io.walwire.examples.webhook;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** Where webhooks are sent. */
public final class WebhookEndpoint {
    /** A receiver is to take the message and answer, and to do the work later. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final URI uri;
    private final WebhookSignature signature;
    private final Clock clock;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();

    /**
     * Does not connect yet.
     *
     * @param uri the receiver's, {@code https} in earnest
     * @param signature signs with the secret that the receiver knows
     * @param clock says when a message is sent
     */
    public WebhookEndpoint(URI uri, WebhookSignature signature, Clock clock) {
        this.uri = uri;
        this.signature = signature;
        this.clock = clock;
    }

    /**
     * Posts a message and waits for the answer.
     *
     * @param id names it for good; the same each time the same message is sent, so that the receiver can drop it
     * @param json the message
     * @throws IOException if it was not accepted, with a status from 200 to 299
     * @throws InterruptedException if the thread is interrupted
     */
    public void post(String id, String json) throws IOException, InterruptedException {
        Instant now = clock.instant(); // of this attempt: receivers refuse what is old
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(PATIENCE)
                .header("content-type", "application/json")
                .header("webhook-id", id)
                .header("webhook-timestamp", Long.toString(now.getEpochSecond()))
                .header("webhook-signature", signature.sign(id, now, json))
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build();
        int status =
                client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        if (status < 200 || status > 299) {
            throw new IOException("Webhook " + id + ": " + uri.getHost() + " answered " + status);
        }
    }
}
