package io.walwire.reliability;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A network between the client and the server that fails when asked to. */
public final class Proxy implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Proxy.class);
    private static final int BUFFER = 16 * 1024;

    private final ServerSocket listening;
    private volatile Target target;
    private final List<Link> links = new CopyOnWriteArrayList<>();
    private final Set<Link> silent = ConcurrentHashMap.newKeySet();
    private volatile boolean refusing;
    private volatile long paceNanos;
    private final List<Recording> recordings = new CopyOnWriteArrayList<>();
    private volatile @Nullable Path recordTo;
    private boolean stalled;

    private record Target(String host, int port) {}

    /** One connection through the proxy. */
    private record Link(
            Socket client, Socket server, @Nullable Recording recording) {
        void cut() {
            quietly(client);
            quietly(server);
        }

        private static void quietly(Socket socket) {
            try (socket) {
                socket.setSoLinger(true, 0); // a reset, not an orderly end
            } catch (IOException e) {
                LOG.debug("It was closed already", e);
            }
        }
    }

    /** Passes everything on to a server. */
    public Proxy(String host, int port) throws IOException {
        this.target = new Target(host, port);
        this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start("accept", this::accept);
    }

    public int port() {
        return listening.getLocalPort();
    }

    private static void start(String role, Runnable body) {
        Thread thread = new Thread(body, "proxy-" + role);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                connect(listening.accept());
            } catch (IOException e) {
                // closed, or the client is gone already, or the server is away: the next one may fare better
            }
        }
    }

    private void connect(Socket client) throws IOException {
        if (refusing) {
            client.close();
            return;
        }
        Socket server;
        try {
            Target now = target;
            server = new Socket(now.host(), now.port());
        } catch (IOException e) {
            client.close();
            throw e;
        }
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        Link link = new Link(client, server, recording());
        links.add(link);
        start("up", () -> pump(link, client, server));
        start("down", () -> pump(link, server, client));
    }

    /** Keeps what the server sends on connections in replication mode that begin from now on, each in a file. */
    void recordTo(Path directory) throws IOException {
        Files.createDirectories(directory);
        recordTo = directory;
    }

    private @Nullable Recording recording() {
        Path directory = recordTo;
        if (directory == null) {
            return null;
        }
        Recording recording = new Recording(directory.resolve(String.format("%05d", recordings.size())));
        recordings.add(recording);
        return recording;
    }

    /** Ends the recordings, so that they can be read. */
    void endRecordings() throws IOException {
        recordTo = null;
        for (Recording each : recordings) {
            each.close();
        }
    }

    private static void end(@Nullable Recording recording) {
        try (recording) {
            LOG.debug("The server sends no more");
        } catch (IOException e) {
            LOG.warn("The end of a recording was not written", e);
        }
    }

    private static void record(Link link, boolean fromClient, byte[] bytes, int length) throws IOException {
        Recording recording = link.recording();
        if (recording != null && fromClient) {
            recording.fromClient(bytes, length);
        } else if (recording != null) {
            recording.fromServer(bytes, length);
        }
    }

    private void pump(Link link, Socket from, Socket to) {
        byte[] buffer = new byte[BUFFER];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                record(link, from == link.client(), buffer, read);
                awaitFlow(link);
                LockSupport.parkNanos(paceNanos);
                out.write(buffer, 0, read);
            }
            awaitFlow(link);
            to.shutdownOutput();
        } catch (IOException e) {
            link.cut();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (to.isOutputShutdown() && from.isOutputShutdown()) {
                link.cut();
            }
            if (from == link.server()) {
                end(link.recording());
            }
            links.removeIf(each -> each.client().isClosed());
        }
    }

    private synchronized void awaitFlow(Link link) throws InterruptedException {
        while (stalled || silent.contains(link)) {
            wait();
        }
    }

    /** No byte passes any more on the connections that are open now, and neither side notices. */
    public void stallOpen() {
        silent.addAll(links);
    }

    /** No byte passes any more, in either direction, and neither side notices; or it passes again. */
    synchronized void stall(boolean on) {
        stalled = on;
        notifyAll();
    }

    /** At most 16 KiB pass in such a time on each connection, in each direction. */
    public void slowDown(Duration pace) {
        paceNanos = pace.toNanos();
    }

    /** New connections lead to another server. */
    public void leadTo(String host, int port) {
        target = new Target(host, port);
    }

    /** New connections end at once. */
    void refuse(boolean on) {
        refusing = on;
    }

    /** Resets every connection; returns how many. */
    public int cut() {
        List<Link> cut = List.copyOf(links);
        cut.forEach(Link::cut);
        links.removeAll(cut);
        return cut.size();
    }

    /** One side of every connection hears that the other sends no more. */
    int halfClose(boolean towardsClient) {
        int closed = 0;
        for (Link link : List.copyOf(links)) {
            try {
                (towardsClient ? link.client() : link.server()).shutdownOutput();
                closed++;
            } catch (IOException e) {
                link.cut(); // it was closed just now
            }
        }
        return closed;
    }

    @Override
    public void close() throws IOException {
        listening.close();
        silent.clear();
        stall(false);
        cut();
        endRecordings();
    }
}
