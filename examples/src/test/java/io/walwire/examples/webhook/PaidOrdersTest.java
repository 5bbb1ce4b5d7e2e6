package io.walwire.examples.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.walwire.DeadLetters;
import io.walwire.deadletter.Replay;
import io.walwire.examples.webhook.LocalReceiver.Received;
import io.walwire.handler.FailurePolicy;
import io.walwire.testkit.WalwireExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Orders that are paid, and what an HTTP server gets of them. */
class PaidOrdersTest {
    private static final Instant NOW = Instant.parse("2026-02-28T12:00:00Z");
    private static final WebhookSignature SIGNATURE = new WebhookSignature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

    private final LocalReceiver receiver = new LocalReceiver(SIGNATURE);
    private final PaidOrders webhook =
            new PaidOrders(new WebhookEndpoint(receiver.uri(), SIGNATURE, Clock.fixed(NOW, ZoneOffset.UTC)));

    private final DeadLetters letters;

    @RegisterExtension
    final WalwireExtension shop;

    PaidOrdersTest(@TempDir Path folder) throws IOException {
        letters = DeadLetters.file(folder.resolve("letters.jsonl"));
        // as PaidOrders.policy, but for how often and the waits
        FailurePolicy policy = FailurePolicy.retry(2, Duration.ofMillis(1), Duration.ofMillis(5))
                .thenDeadLetter(letters);
        shop = WalwireExtension.builder()
                .schema("""
                        CREATE TABLE orders (id bigint PRIMARY KEY, item text NOT NULL, status text NOT NULL DEFAULT 'open');
                        ALTER TABLE orders REPLICA IDENTITY FULL;
                        INSERT INTO orders (id, item) VALUES (1, 'bread'), (2, 'milk')""")
                .configure(builder -> builder.handler(webhook, policy))
                .build();
    }

    @AfterEach
    void stopReceiver() {
        receiver.close();
    }

    private void setStatus(long order, String status) throws SQLException {
        shop.execute("UPDATE orders SET status = ? WHERE id = ?", status, order);
    }

    @Test
    void openToPaid_isPostedAndSigned() throws Exception {
        setStatus(1, "paid");
        shop.awaitHandled();

        assertThat(receiver.received())
                .extracting(Received::genuine, Received::timestamp, Received::status)
                .containsExactly(tuple(true, NOW, 204));
        JsonNode message =
                new ObjectMapper().readTree(receiver.received().get(0).body());
        assertThat(message.path("type").asText()).isEqualTo("order.paid");
        assertThat(Instant.parse(message.path("timestamp").asText())).isBefore(Instant.now());
        assertThat(message.path("data").toString()).isEqualTo("{\"id\":1,\"item\":\"bread\",\"status\":\"paid\"}");
    }

    @Test
    void otherChanges_areNotPosted() throws Exception {
        shop.execute("INSERT INTO orders VALUES (4, 'oil', 'paid')"); // was never open
        setStatus(2, "cancelled");
        setStatus(2, "paid"); // was not open
        shop.execute("UPDATE orders SET status = 'paid' WHERE id = 1; UPDATE orders SET item = 'cake' WHERE id = 1");
        shop.execute("DELETE FROM orders WHERE id = 1");
        shop.awaitHandled();

        assertThat(receiver.received()).hasSize(1);
        assertThat(receiver.received().get(0).body()).contains("\"item\":\"bread\"");
    }

    @Test
    void endpoint_thatFailsTwice_getsTheSameMessageAgain() throws Exception {
        receiver.answer(500, 503);
        setStatus(1, "paid");
        shop.awaitHandled();

        assertThat(receiver.received()).extracting(Received::status).containsExactly(500, 503, 204);
        assertThat(receiver.received())
                .extracting(Received::id)
                .containsOnly(receiver.received().get(0).id());
        assertThat(receiver.received()).allMatch(Received::genuine);
        assertThat(letters.list()).isEmpty();
    }

    @Test
    void endpoint_thatGoesOnFailing_holdsUpNobody_andGetsItWhenItIsReplayed() throws Exception {
        receiver.answer(500, 500, 500);
        setStatus(1, "paid");
        setStatus(2, "paid");
        shop.awaitHandled();

        assertThat(receiver.received()).extracting(Received::status).containsExactly(500, 500, 500, 204);
        Replay replay = shop.walwire().replay(letters);

        assertThat(replay.replayed()).isEqualTo(1);
        assertThat(receiver.received()).extracting(Received::status).containsExactly(500, 500, 500, 204, 204);
        assertThat(receiver.received().get(4).id())
                .isEqualTo(receiver.received().get(0).id());
        assertThat(receiver.received().get(4).body())
                .isEqualTo(receiver.received().get(0).body());
    }

    @Test
    void order_paidWhileTheApplicationIsAway_isPostedWhenItIsBack() throws Exception {
        shop.walwire().close();
        setStatus(1, "paid"); // nobody listens; the slot keeps it
        shop.restart();
        shop.awaitHandled();

        assertThat(receiver.received()).hasSize(1);
    }
}
