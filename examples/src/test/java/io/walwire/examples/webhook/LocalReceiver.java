package io.walwire.examples.webhook;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/** Receives webhooks on this machine, verifies them as a receiver does, and answers as the test wants it. */
final class LocalReceiver implements AutoCloseable {
    private static final int ACCEPTED = 204;

    private final WebhookSignature signature;
    private final HttpServer server;
    private final Queue<Integer> answers = new ConcurrentLinkedQueue<>();
    private final List<Received> received = new CopyOnWriteArrayList<>();

    /**
     * One attempt.
     *
     * @param id its webhook-id
     * @param timestamp its webhook-timestamp
     * @param genuine whether its signature is right
     * @param body its body
     * @param status what was answered
     */
    record Received(String id, Instant timestamp, boolean genuine, String body, int status) {}

    LocalReceiver(WebhookSignature signature) throws IOException {
        this.signature = signature;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/hook", this::receive);
        server.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/hook");
    }

    /** The next answers, in turn; then all is accepted. */
    void answer(Integer... statuses) {
        answers.addAll(List.of(statuses));
    }

    List<Received> received() {
        return List.copyOf(received);
    }

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            Headers headers = exchange.getRequestHeaders();
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String id = headers.getFirst("webhook-id");
            Instant timestamp = Instant.ofEpochSecond(Long.parseLong(headers.getFirst("webhook-timestamp")));
            boolean genuine = signature.verifies(headers.getFirst("webhook-signature"), id, timestamp, body);
            Integer next = answers.poll();
            int status = next != null ? next : ACCEPTED;
            received.add(new Received(id, timestamp, genuine, body, status));
            exchange.sendResponseHeaders(status, -1);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
