package io.walwire.kafka;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/**
 * Stands between clients and a broker, and loses requests to end a transaction, or the answers to them. Then it cuts the connection. It may
 * also hide a topic.
 */
final class LossyProxy {
    private static final int MANY = Integer.MAX_VALUE;

    private final ServerSocket listener;
    private final int broker;
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger answers = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private final Map<Short, AtomicInteger> seen = new ConcurrentHashMap<>();
    private volatile @Nullable HiddenTopic hidden;

    /**
     * Begins to listen.
     *
     * @param broker the port of the broker's listener for it
     */
    LossyProxy(int broker) throws IOException {
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.broker = broker;
        start(this::accept);
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "lossy-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return listener.getLocalPort();
    }

    /** The broker ends so many next transactions, and the producer does not get to know it. */
    void loseAnswers(int count) {
        answers.set(count);
    }

    /** So many next requests to end a transaction do not reach the broker. */
    void loseRequests(int count) {
        requests.set(count);
    }

    /** All of them, until {@link #passAll}. */
    void loseAllAnswers() {
        loseAnswers(MANY);
    }

    /** All of them, until {@link #passAll}. */
    void loseAllRequests() {
        loseRequests(MANY);
    }

    /** Admin clients do not get to know of a topic, until {@link #passAll}. */
    void hide(HiddenTopic topic) {
        hidden = topic;
    }

    /** Nothing more is lost or hidden. */
    void passAll() {
        hidden = null;
        answers.set(0);
        requests.set(0);
    }

    /** How many requests and answers were lost so far. */
    int lost() {
        return lost.get();
    }

    /** How many requests of a kind have come so far. */
    int seen(ApiKeys kind) {
        return counter(kind.id).get();
    }

    private AtomicInteger counter(short kind) {
        return seen.computeIfAbsent(kind, key -> new AtomicInteger());
    }

    private void accept() {
        try {
            while (true) {
                new Link(listener.accept()).start();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] frame(DataInputStream in) throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return frame;
    }

    private static void send(DataOutputStream out, byte[] frame) throws IOException {
        ByteBuffer whole = ByteBuffer.allocate(Integer.BYTES + frame.length);
        out.write(whole.putInt(frame.length).put(frame).array());
    }

    /** What there is to lose. */
    private boolean take(AtomicInteger from) {
        boolean taken = from.getAndUpdate(left -> left == MANY ? MANY : Math.max(0, left - 1)) > 0;
        if (taken) {
            lost.incrementAndGet();
        }
        return taken;
    }

    /** One connection of the producer, and one to the broker for it. */
    private final class Link implements Closeable {
        private final Socket producer;

        /** Correlation ids of requests whose answers will be lost. */
        private final Set<Integer> losing = ConcurrentHashMap.newKeySet();

        /** Requests whose answers name topics, by their correlation ids. */
        private final Map<Integer, HiddenTopic.Asked> asking = new ConcurrentHashMap<>();

        private final Socket toBroker = new Socket();

        Link(Socket producer) {
            this.producer = producer;
        }

        void start() {
            LossyProxy.start(() -> {
                try (this) {
                    producer.setTcpNoDelay(true);
                    toBroker.setTcpNoDelay(true);
                    toBroker.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), broker));
                    LossyProxy.start(this::answers);
                    passRequests();
                } catch (IOException e) {
                    // one of the two has ended the connection
                }
            });
        }

        private void passRequests() throws IOException {
            DataInputStream in = new DataInputStream(producer.getInputStream());
            DataOutputStream out = new DataOutputStream(toBroker.getOutputStream());
            while (true) {
                byte[] frame = frame(in);
                ByteBuffer header = ByteBuffer.wrap(frame);
                short kind = header.getShort();
                counter(kind).incrementAndGet();
                int correlation = header.getInt(Short.BYTES * 2);
                HiddenTopic.Asked asked = HiddenTopic.Asked.of(frame);
                if (asked != null) {
                    asking.put(correlation, asked);
                }
                if (kind == ApiKeys.END_TXN.id) {
                    if (take(requests)) {
                        return;
                    }
                    if (take(answers)) {
                        losing.add(correlation);
                    }
                }
                send(out, frame);
            }
        }

        private void answers() {
            try (this) {
                DataInputStream in = new DataInputStream(toBroker.getInputStream());
                DataOutputStream out = new DataOutputStream(producer.getOutputStream());
                while (true) {
                    byte[] frame = frame(in);
                    int correlation = ByteBuffer.wrap(frame).getInt();
                    if (losing.contains(correlation)) {
                        return;
                    }
                    HiddenTopic.Asked asked = asking.remove(correlation);
                    HiddenTopic now = hidden;
                    send(out, asked == null || now == null ? frame : now.without(frame, asked));
                }
            } catch (IOException e) {
                // one of the two has ended the connection
            }
        }

        @Override
        public void close() throws IOException {
            producer.close();
            toBroker.close();
        }
    }
}
