package io.walwire.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Chromium's own protocol (DevTools), as much of it as a test needs: commands with their answers, and events. */
final class DevTools implements WebSocket.Listener, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<JsonNode>> events = new ConcurrentHashMap<>();
    private final CompletableFuture<WebSocket> socket = new CompletableFuture<>();
    private final StringBuilder message = new StringBuilder();

    private DevTools() {}

    static DevTools connect(URI uri) {
        DevTools devTools = new DevTools();
        devTools.socket.complete(HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .connectTimeout(PATIENCE)
                .buildAsync(uri, devTools)
                .join());
        return devTools;
    }

    /**
     * Sends a command and waits for its answer. For one thread at a time.
     *
     * @param session of a tab; null for the browser itself
     */
    JsonNode call(@Nullable String session, String method, Map<String, ?> parameters) {
        int id = ids.incrementAndGet();
        CompletableFuture<JsonNode> answer = answers.computeIfAbsent(id, any -> new CompletableFuture<>());
        ObjectNode command = JSON.createObjectNode().put("id", id).put("method", method);
        command.set("params", JSON.valueToTree(parameters));
        if (session != null) {
            command.put("sessionId", session);
        }
        socket.join().sendText(command.toString(), true).join();
        JsonNode answered = await(answer, method);
        if (answered.has("error")) {
            throw new AssertionError(method + ": " + answered.path("error"));
        }
        return answered.path("result");
    }

    /** Waits for a tab's first event of that name, which may have come already. */
    void awaitEvent(String session, String name) {
        await(event(session, name), name);
    }

    private CompletableFuture<JsonNode> event(String session, String name) {
        return events.computeIfAbsent(session + ' ' + name, any -> new CompletableFuture<>());
    }

    private static JsonNode await(CompletableFuture<JsonNode> answer, String what) {
        try {
            return answer.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw new AssertionError("The browser gave no answer to " + what, e);
        }
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
        message.append(part);
        if (last) {
            take(message.toString());
            message.setLength(0);
        }
        from.request(1);
        return null;
    }

    private void take(String json) {
        try {
            JsonNode taken = JSON.readTree(json);
            CompletableFuture<JsonNode> waiting = taken.has("id")
                    ? answers.get(taken.path("id").intValue())
                    : event(
                            taken.path("sessionId").asText(),
                            taken.path("method").asText());
            if (waiting != null) {
                waiting.complete(taken);
            }
        } catch (JsonProcessingException e) {
            onError(socket.join(), e);
        }
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        answers.values().forEach(answer -> answer.completeExceptionally(error));
        events.values().forEach(event -> event.completeExceptionally(error));
    }

    @Override
    public void close() {
        socket.join().abort();
    }
}
