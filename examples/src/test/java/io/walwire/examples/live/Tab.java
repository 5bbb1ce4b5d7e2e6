package io.walwire.examples.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A client of server-sent events that reads when the test says so; until then it is a slow browser. */
final class Tab implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Socket socket = new Socket();
    private final BufferedReader in;

    /**
     * What was sent.
     *
     * @param name the event's name
     * @param data its data
     */
    record Sent(String name, String data) {}

    /** Has asked for the events when it returns, and has read nothing. */
    Tab(URI page) throws IOException {
        socket.setReceiveBufferSize(4096);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        socket.connect(new InetSocketAddress(page.getHost(), page.getPort()));
        // HTTP/1.0, so that the body comes as it is and not in chunks
        socket.getOutputStream().write("GET /events HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Reads the answer's head, and the table as it was when the page was opened. */
    Sent open() throws IOException {
        assertThat(in.readLine()).contains(" 200 ");
        boolean isEventStream = false;
        for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
            isEventStream |= line.equalsIgnoreCase("content-type: text/event-stream");
        }
        assertThat(isEventStream).isTrue();
        return read();
    }

    /** Waits for the next event. */
    Sent read() throws IOException {
        String event = in.readLine();
        assertThat(event).startsWith("event: ");
        String data = in.readLine();
        assertThat(data).startsWith("data: ");
        assertThat(in.readLine()).isEmpty();
        return new Sent(event.substring("event: ".length()), data.substring("data: ".length()));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
