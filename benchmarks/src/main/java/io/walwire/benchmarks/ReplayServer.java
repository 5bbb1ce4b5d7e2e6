package io.walwire.benchmarks;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Stands between a client and the real server and passes everything on, until the client starts replication: then it sends
 * captured bytes as fast as the client takes them. So the client's own ceiling shows, without a walsender's.
 */
final class ReplayServer implements AutoCloseable {
    private static final byte[] START = "START_REPLICATION".getBytes(StandardCharsets.US_ASCII);

    private final int realPort;
    private final Path captured;
    private final ServerSocket listening;

    ReplayServer(int realPort, Path captured) throws IOException {
        this.realPort = realPort;
        this.captured = captured;
        this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        background(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listening.accept();
            background(() -> serve(client));
        }
    }

    private void serve(Socket client) throws IOException {
        try (client;
                Socket server = new Socket(InetAddress.getLoopbackAddress(), realPort)) {
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            background(() -> server.getInputStream().transferTo(client.getOutputStream()));
            passOn(new DataInputStream(client.getInputStream()), server.getOutputStream(), client);
        }
    }

    /** Client to server, message by message: the first has no kind. */
    private void passOn(DataInputStream from, OutputStream to, Socket client) throws IOException {
        byte[] startup;
        do {
            startup = from.readNBytes(body(from.readInt(), to, -1));
            to.write(startup);
            // a request for encryption is as short as this; the server says no, and the real start follows
        } while (startup.length == 4);
        while (true) {
            int kind = from.read();
            if (kind < 0) {
                return;
            }
            int length = from.readInt();
            byte[] body = from.readNBytes(length - 4);
            if (kind == 'Q' && startsReplication(body)) {
                background(() -> replay(client));
                from.transferTo(OutputStream.nullOutputStream());
                return;
            }
            body(length, to, kind);
            to.write(body);
            to.flush();
        }
    }

    /** Writes a message's head; how long its body is. */
    private static int body(int length, OutputStream to, int kind) throws IOException {
        DataOutputStream out = new DataOutputStream(to);
        if (kind >= 0) {
            out.writeByte(kind);
        }
        out.writeInt(length);
        return length - 4;
    }

    private static boolean startsReplication(byte[] query) {
        for (int i = 0; i < START.length; i++) {
            if (query.length <= i || query[i] != START[i]) {
                return false;
            }
        }
        return true;
    }

    private void replay(Socket client) throws IOException {
        OutputStream out = client.getOutputStream();
        // CopyBothResponse: text format, no columns
        out.write(new byte[] {'W', 0, 0, 0, 7, 0, 0, 0});
        try (FileChannel bytes = FileChannel.open(captured);
                InputStream in = Channels.newInputStream(bytes)) {
            in.transferTo(out);
        }
        out.flush();
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void background(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (SocketException | EOFException e) {
                // a client that has its events goes away
                Thread.currentThread().interrupt();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
