package io.walwire.internal.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.testing.Eventually;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the driver expects of a socket, held against a unix-domain socket with a peer of our own. */
class UnixSocketTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final Path file;
    private final ServerSocketChannel server;
    private final List<AutoCloseable> opened = new ArrayList<>();

    UnixSocketTest(@TempDir Path folder) throws IOException {
        file = folder.resolve(".s.PGSQL.5432");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    }

    @BeforeEach
    void listen() throws IOException {
        server.bind(UnixDomainSocketAddress.of(file), 1);
        opened.add(server);
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    private Socket socket() throws IOException {
        Socket socket = new UnixSocketFactory(file.toString()).createSocket();
        opened.add(socket);
        return socket;
    }

    private Socket connected() throws IOException {
        Socket socket = socket();
        socket.connect(new InetSocketAddress("localhost", 5432), 10_000);
        return socket;
    }

    private SocketChannel accept() throws IOException {
        SocketChannel peer = server.accept();
        opened.add(peer);
        return peer;
    }

    private static void send(SocketChannel peer, int... bytes) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(bytes.length);
        for (int each : bytes) {
            all.put((byte) each);
        }
        assertThat(peer.write(all.flip())).isEqualTo(bytes.length);
    }

    private static CompletableFuture<Integer> reading(Socket socket, CompletableFuture<Thread> reader) {
        return CompletableFuture.supplyAsync(
                () -> {
                    reader.complete(Thread.currentThread());
                    try {
                        return socket.getInputStream().read();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                task -> new Thread(task, "reader").start());
    }

    private static void awaitWaiting(CompletableFuture<Thread> thread) throws Exception {
        Thread waiting = thread.get(180, TimeUnit.SECONDS);
        Eventually.until(SOON, () -> List.of(waiting.getStackTrace()).stream()
                .anyMatch(frame -> frame.getClassName().endsWith("EPollSelectorImpl")
                        || frame.getClassName().endsWith("KQueueSelectorImpl")));
    }

    @Test
    void read_bytesOfThePeer_thenItsEnd() throws IOException {
        Socket socket = connected();
        try (SocketChannel peer = accept()) {
            send(peer, 1, 255);
            assertThat(socket.getInputStream().read()).isEqualTo(1);
            assertThat(socket.getInputStream().available()).isEqualTo(1);
            assertThat(socket.getInputStream().read(new byte[9], 4, 5)).isEqualTo(1);
            assertThat(socket.getInputStream().available()).isZero();
        }
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
        assertThat(socket.getInputStream().available()).isZero();
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void read_timeout_neitherTooEarlyNorForEver_andTheSocketLivesOn() throws IOException {
        Socket socket = connected();
        SocketChannel peer = accept();
        socket.setSoTimeout(30);
        assertThat(socket.getSoTimeout()).isEqualTo(30);
        long began = System.nanoTime();
        assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isBetween(Duration.ofMillis(30), SOON);
        send(peer, 7);
        assertThat(socket.getInputStream().read()).isEqualTo(7);
    }

    @Test
    void read_withoutTimeout_waitsForThePeer() throws Exception {
        Socket socket = connected();
        SocketChannel peer = accept();
        CompletableFuture<Thread> reader = new CompletableFuture<>();
        CompletableFuture<Integer> read = reading(socket, reader);
        awaitWaiting(reader);
        send(peer, 8);
        assertThat(read.get(180, TimeUnit.SECONDS)).isEqualTo(8);
    }

    @Test
    void close_whileAnotherThreadReads_wakesIt() throws Exception {
        Socket socket = connected();
        accept();
        CompletableFuture<Thread> reader = new CompletableFuture<>();
        CompletableFuture<Integer> read = reading(socket, reader);
        awaitWaiting(reader);
        socket.close();
        assertThatThrownBy(() -> read.get(180, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .hasCauseInstanceOf(SocketException.class)
                .hasMessageContaining("Socket closed");
        assertThatThrownBy(() -> socket.getOutputStream().write(1)).isInstanceOf(SocketException.class);
        assertThat(socket.isClosed()).isTrue();
    }

    @Test
    void close_givesItsFileDescriptorsBack() throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        Assumptions.assumeTrue(Files.isDirectory(descriptors));
        readOnce(); // what the JVM opens once
        long before = count(descriptors);
        for (int i = 0; i < 20; i++) {
            readOnce();
        }
        assertThat(count(descriptors)).isLessThan(before + 20);
    }

    private void readOnce() throws IOException {
        try (Socket socket = connected();
                SocketChannel peer = server.accept()) {
            socket.setSoTimeout(1);
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            assertThat(peer.isConnected()).isTrue();
        }
    }

    private static long count(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }

    @Test
    void close_seenByThePeer() throws IOException {
        Socket socket = connected();
        SocketChannel peer = accept();
        socket.close();
        assertThat(peer.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }

    @Test
    void shutdownOutput_peerSeesTheEnd_andCanStillSend() throws IOException {
        Socket socket = connected();
        SocketChannel peer = accept();
        socket.getOutputStream().write(5);
        socket.shutdownOutput();
        assertThat(peer.read(ByteBuffer.allocate(9))).isEqualTo(1);
        assertThat(peer.read(ByteBuffer.allocate(9))).isEqualTo(-1);
        send(peer, 6);
        assertThat(socket.getInputStream().read()).isEqualTo(6);
    }

    @Test
    void interrupted_readsOn_andTheInterruptStays() throws IOException {
        Socket socket = connected();
        SocketChannel peer = accept();
        socket.setSoTimeout(20);
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            socket.getOutputStream().write(3);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(peer.read(ByteBuffer.allocate(9))).isEqualTo(1);
        send(peer, 4);
        assertThat(socket.getInputStream().read()).isEqualTo(4);
    }

    @Test
    void write_moreThanThePeerTakesAtOnce_arrivesWhole() throws Exception {
        Socket socket = connected();
        SocketChannel peer = accept();
        byte[] sent = new byte[8 << 20];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = (byte) (i * 31 >> 3);
        }
        CompletableFuture<Thread> writer = new CompletableFuture<>();
        CompletableFuture<Void> written = CompletableFuture.runAsync(
                () -> {
                    writer.complete(Thread.currentThread());
                    try (OutputStream out = socket.getOutputStream()) {
                        out.write(sent);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                task -> new Thread(task, "writer").start());
        awaitWaiting(writer);
        ByteBuffer received = ByteBuffer.allocate(sent.length);
        while (received.hasRemaining() && peer.read(received) >= 0) {
            // until all of it is here
        }
        written.get(180, TimeUnit.SECONDS);
        assertThat(received.array()).isEqualTo(sent);
    }

    @Test
    void options_ofTcpAlone_areAccepted() throws IOException {
        Socket socket = socket();
        socket.setTcpNoDelay(true);
        socket.setKeepAlive(true);
        socket.setReceiveBufferSize(64 * 1024);
        socket.setSendBufferSize(64 * 1024);
        assertThat(socket.getSendBufferSize()).isPositive();
        assertThat(socket.getReceiveBufferSize()).isPositive();
        assertThat(socket.getTcpNoDelay()).isFalse();
        assertThat(socket.getKeepAlive()).isFalse();
    }

    @Test
    void connect_theAddressDoesNotMatter() throws IOException {
        Socket socket = socket();
        socket.connect(new InetSocketAddress("localhost", 1), 0);
        SocketChannel peer = accept();
        socket.getOutputStream().write(9);
        assertThat(peer.read(ByteBuffer.allocate(9))).isEqualTo(1);
        assertThat(socket.isConnected()).isTrue();
        assertThat(socket.getRemoteSocketAddress()).isNotNull();
    }

    @Test
    void connect_noFile() throws IOException {
        try (Socket socket = new UnixSocketFactory(file + "9").createSocket()) {
            assertThatThrownBy(() -> socket.connect(new InetSocketAddress("localhost", 1), 1000))
                    .isInstanceOf(UnixSocketException.class)
                    .hasMessage("There is no socket " + file + "9");
        }
    }

    @Test
    void connect_nobodyBehindTheFile() throws IOException {
        server.close();
        assertThatThrownBy(this::connected)
                .isInstanceOf(UnixSocketException.class)
                .hasMessageContainingAll("The socket " + file + " cannot be connected", "refused");
    }

    @Test
    void connect_serverThatDoesNotAccept_timesOut() throws IOException {
        // the second connection fits the queue still
        connected();
        connected();
        assertThatThrownBy(() -> socket().connect(new InetSocketAddress("localhost", 1), 50))
                .isInstanceOf(UnixSocketException.class)
                .hasMessage("The server did not accept at " + file + " within 50 ms");
    }

    @Test
    void bind_refused() throws IOException {
        Socket socket = socket();
        assertThatThrownBy(() -> socket.bind(new InetSocketAddress("localhost", 0)))
                .isInstanceOf(UnixSocketException.class)
                .hasMessageContaining("localSocketAddress");
    }
}
