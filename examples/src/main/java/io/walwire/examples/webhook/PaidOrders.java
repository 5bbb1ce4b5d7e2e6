package io.walwire.examples.webhook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.DeadLetters;
import io.walwire.Walwire;
import io.walwire.event.Condition;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.Callback;
import io.walwire.handler.DeadLetter;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Handlers;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;

/**
 * A webhook for every order whose status goes from open to paid.
 *
 * <p>It is a handler and not the watch {@code watch("orders").where(PAID)}, because nobody may
 * miss it: a handler is called again until it has succeeded or its policy has settled the failure, after a restart too, and
 * nothing is confirmed to PostgreSQL before.
 *
 * <p>The message's id is the event's, the same in every attempt and after a restart: a receiver that keeps the ids it has
 * seen does nothing twice. An endpoint that is away holds up what comes after it in this instance for as long as the
 * policy tries; so webhooks have an instance, and a slot, of their own.
 */
public final class PaidOrders implements EventHandler {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Start-up logs that the table needs REPLICA IDENTITY FULL, without which no old status is known. What is not known to be
     * this transition is none, for a webhook cannot be called back.
     */
    private static final Condition PAID =
            Condition.column("status").from("open").to("paid").certain();

    private final WebhookEndpoint endpoint;

    /**
     * Posts nothing before the first event.
     *
     * @param endpoint where to
     */
    public PaidOrders(WebhookEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    @Override
    public void define(Handlers on) {
        on.table("orders").filter(PAID).onUpdate(this::post);
    }

    private void post(RowEvent<Row> event) throws IOException, InterruptedException {
        endpoint.post(event.id().toString(), message(event));
    }

    private static String message(RowEvent<Row> event) throws JsonProcessingException {
        ObjectNode message = JSON.createObjectNode();
        message.put("type", "order.paid");
        message.put("timestamp", event.transaction().timestamp().toString());
        message.set("data", JSON.readTree(event.row().toJson()));
        return JSON.writeValueAsString(message);
    }

    /**
     * Tries for ten to twenty minutes, and then keeps the call and goes on with the next order.
     *
     * @param letters where calls that failed are kept, for {@code bin/walwire dead-letters} to show and replay
     * @return the policy for this handler
     */
    public static FailurePolicy policy(Callback<DeadLetter> letters) {
        return FailurePolicy.retry(12, Duration.ofSeconds(1), Duration.ofMinutes(5))
                .thenDeadLetter(letters);
    }

    /**
     * Runs until it is stopped by a signal, which lets the transaction in hand finish.
     *
     * @param args the properties file and the endpoint; the secret is in the environment, as {@code WEBHOOK_SECRET}
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        String secret = Objects.requireNonNull(System.getenv("WEBHOOK_SECRET"), "WEBHOOK_SECRET is not set");
        WebhookEndpoint endpoint =
                new WebhookEndpoint(URI.create(args[1]), new WebhookSignature(secret), Clock.systemUTC());
        DeadLetters letters = DeadLetters.file(Path.of("failed-webhooks.jsonl"));
        try (Walwire walwire = Walwire.builder()
                .properties(Path.of(args[0])) // with walwire.slot.name
                .handler(new PaidOrders(endpoint), policy(letters))
                .closeOnShutdown()
                .start()) {
            walwire.awaitTermination();
        }
    }
}
