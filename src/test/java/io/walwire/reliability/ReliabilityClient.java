package io.walwire.reliability;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.error.ValueException;
import io.walwire.event.Column;
import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.Kind;
import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Interceptor;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The process that is killed: a Walwire instance after another, whose handler writes what it is given to standard output, the
 * lines of {@link Ledger}. What was written is in the pipe, and outlives the process. Reads {@link Order}s from standard
 * input, and dies with whoever gives them.
 */
public final class ReliabilityClient {
    /** In place of a slot's name. */
    static final String TEMPORARY = "-";

    /** The property that says for how many keys its handler runs side by side. */
    static final String CONCURRENCY = "walwire.client.concurrency";

    private static final long LANE_NANOS = 2_000_000;
    private static final Duration CLOSE_TIMEOUT = Duration.ofMillis(500);
    private static final long WATCH_NANOS = 50_000_000;
    private static final Duration SLOWNESS = Duration.ofMillis(700);
    private static final Duration LATENESS = Duration.ofMillis(2_500);
    private static final String CONFIRMED_SQL =
            "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = ?";
    private static final Duration STREAMING = Duration.ofMinutes(2);

    private final String url;
    private volatile String direct;
    private final String slot;
    private final List<String> settings;
    private final int concurrency = Integer.getInteger(CONCURRENCY, 1);
    private final OutputStream out = new FileOutputStream(FileDescriptor.out);
    private final AtomicReference<@Nullable Order> order = new AtomicReference<>();
    private volatile @Nullable Life current;

    /** A failure that was ordered. */
    private static final class Deliberate extends IOException {}

    /** A failure that was ordered, and that the policy takes for fatal. */
    private static final class DeliberateEnd extends IOException {}

    private ReliabilityClient(List<String> args) {
        this.url = args.get(0);
        this.direct = args.get(1);
        this.slot = args.get(2);
        this.settings = args.subList(3, args.size());
    }

    /**
     * Streams until it gets another order.
     *
     * @param args a URL for Walwire; a JDBC URL of the same database, to ask about the slot; the slot; any
     *     further settings as {@code key=value}
     * @throws Exception if the test itself is wrong
     */
    public static void main(String[] args) throws Exception {
        ReliabilityClient client = new ReliabilityClient(List.of(args));
        Thread orders = new Thread(client::takeOrders, "orders");
        orders.setDaemon(true);
        orders.start();
        if (!client.slot.equals(TEMPORARY)) {
            Thread watching = new Thread(client::watchConfirmed, "confirmed");
            watching.setDaemon(true);
            watching.start();
        }
        Life before = null;
        for (Order end = Order.CLOSE; end != Order.EXIT; ) {
            Life life = client.new Life();
            end = life.live(before);
            before = life;
        }
        System.exit(0);
    }

    private void takeOrders() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("jdbc:")) {
                    direct = line;
                    continue;
                }
                Order given = Order.valueOf(line);
                Life life = current;
                if (given != Order.CLOSE && given != Order.EXIT) {
                    order.set(given);
                } else if (life != null) {
                    life.ending.add(given);
                }
            }
        } catch (IOException e) {
            say(Ledger.TROUBLE, e.toString());
        }
        Runtime.getRuntime().halt(1);
    }

    private void say(char type, String rest) {
        write(type + "\t" + rest + "\n");
    }

    /** One call of the system for all of it: a kill loses what was not written, never what was. */
    private synchronized void write(String lines) {
        try {
            out.write(lines.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            Runtime.getRuntime().halt(1);
        }
    }

    /** What the server has confirmed, asked before the stream begins. */
    private Lsn confirmed() throws InterruptedException {
        while (true) {
            try (Connection connection = DriverManager.getConnection(direct);
                    PreparedStatement statement = connection.prepareStatement(CONFIRMED_SQL)) {
                statement.setString(1, slot);
                try (ResultSet rows = statement.executeQuery()) {
                    return rows.next() ? Lsn.parse(rows.getString(1)) : Lsn.ZERO;
                }
            } catch (SQLException e) {
                // the server is away; nothing but time helps
                new CountDownLatch(1).await(100, java.util.concurrent.TimeUnit.MILLISECONDS);
            }
        }
    }

    /**
     * Whatever the server has confirmed was handled before, and so was written before. Nobody else hears when the server takes
     * back, by a crash, what it should not have confirmed.
     */
    private void watchConfirmed() {
        Lsn last = Lsn.ZERO;
        while (true) {
            try (Connection connection = DriverManager.getConnection(direct);
                    PreparedStatement statement = connection.prepareStatement(CONFIRMED_SQL)) {
                statement.setString(1, slot);
                while (true) {
                    try (ResultSet rows = statement.executeQuery()) {
                        Lsn now = rows.next() ? Lsn.parse(rows.getString(1)) : last;
                        if (!now.equals(last)) {
                            say(Ledger.CONFIRMED, Change.hex(now.value()));
                            last = now;
                        }
                    }
                    LockSupport.parkNanos(WATCH_NANOS);
                }
            } catch (SQLException e) {
                LockSupport.parkNanos(WATCH_NANOS); // the server is away
            }
        }
    }

    /** One instance. */
    private final class Life implements EventHandler {
        final BlockingQueue<Order> ending = new LinkedBlockingQueue<>();
        private final CompletableFuture<Walwire> streaming = new CompletableFuture<>();
        private final CountDownLatch released = new CountDownLatch(1);

        /** From the start of an instance to its end; returns what ended it. */
        Order live(@Nullable Life before) throws InterruptedException {
            Lsn confirmed = confirmed();
            current = this;
            WalwireBuilder builder = Walwire.builder().url(url);
            for (String setting : settings) {
                int equals = setting.indexOf('=');
                builder.set(setting.substring(0, equals), setting.substring(equals + 1));
            }
            (slot.equals(TEMPORARY) ? builder : builder.slotName(slot))
                    .startWait(Duration.ofDays(1))
                    .closeTimeout(CLOSE_TIMEOUT)
                    .set("walwire.buffer", "256KiB")
                    .failurePolicy(FailurePolicy.retry(1_000, Duration.ofMillis(10), Duration.ofMillis(100))
                            .fatal(DeliberateEnd.class))
                    .concurrency(concurrency)
                    .handler(new Witness())
                    .handler(this);
            Walwire walwire = (concurrency == 1 ? builder.interceptor(interceptor()) : builder).start();
            if (!walwire.awaitStreaming(STREAMING)) {
                say(Ledger.TROUBLE, "not streaming after " + STREAMING + ": " + walwire.status());
            }
            say(Ledger.LIFE, Change.hex(confirmed.value()));
            streaming.complete(walwire);
            if (before != null) {
                before.released.countDown();
            }
            walwire.completion().whenComplete((nothing, failure) -> {
                if (failure != null && !isDeliberate(failure)) {
                    say(Ledger.TROUBLE, failure.toString());
                }
                ending.add(Order.STOP);
            });
            Order end = ending.take();
            walwire.close();
            return end;
        }

        private static boolean isDeliberate(Throwable failure) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof DeliberateEnd) {
                    return true;
                }
            }
            return false;
        }

        private Interceptor interceptor() {
            return (transaction, next) -> {
                next.proceed(transaction);
                if (take(Order.DIE)) {
                    Runtime.getRuntime().halt(137);
                }
            };
        }

        @Override
        public void define(io.walwire.handler.Handlers on) {
            on.onGap(event -> gap(event.gap()));
            if (concurrency == 1) {
                on.onTransaction(this::recordTransaction).onMessage(this::recordMessage);
            } else {
                on.onMessage(this::recordInLane).allTables().onChange(this::recordInLane);
            }
        }

        /** Takes a while, so that others overtake it. */
        private void recordInLane(Event event) throws IOException {
            LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(LANE_NANOS));
            record(List.of(event));
            if (take(Order.DIE)) {
                Runtime.getRuntime().halt(137);
            }
        }

        private void gap(Gap gap) {
            if (slot.equals(TEMPORARY)) {
                Position from = Objects.requireNonNull(gap.from());
                Position to = Objects.requireNonNull(gap.to());
                say(Ledger.GAP, Change.hex(from.value()) + "\t" + Change.hex(to.value()));
            } else {
                say(Ledger.TROUBLE, "a gap where none may be: " + gap);
            }
        }

        private void recordMessage(Event event) {
            if (event.transaction() == null) {
                recordAll(List.of(event));
            }
        }

        /** Called when the other handler has returned. */
        private void recordTransaction(Transaction transaction) throws IOException {
            record(transaction.events());
        }

        private void record(List<Event> events) throws IOException {
            if (take(Order.SLOW)) {
                LockSupport.parkNanos(SLOWNESS.toNanos());
            }
            if (take(Order.LATE)) {
                LockSupport.parkNanos(LATENESS.toNanos());
            }
            if (take(Order.THROW)) {
                throw new Deliberate();
            }
            if (take(Order.STOP)) {
                throw new DeliberateEnd();
            }
            recordAll(events);
            if (take(Order.ANSWER_LOST)) {
                throw new Deliberate();
            }
            if (take(Order.HANG)) {
                ending.add(Order.HANG);
                awaitRelease();
            }
        }

        private void recordAll(List<Event> events) {
            String confirmed = Change.hex(streaming.join().status().confirmed().value());
            StringBuilder lines = new StringBuilder();
            for (Event event : events) {
                if (event.kind() == Kind.SCHEMA) {
                    continue; // the log has none of these
                }
                readAll(event);
                lines.append(Ledger.EVENT)
                        .append('\t')
                        .append(Change.of(event))
                        .append('\t')
                        .append(confirmed)
                        .append('\n');
            }
            write(lines.toString());
        }

        /** As a handler would that hands everything on. */
        private static void readAll(Event event) {
            Row row = event instanceof RowEvent<?> of ? of.afterRow() : null;
            if (row == null || !event.source().table().equals("hostile")) {
                return;
            }
            event.toJson();
            for (Column column : row.columns()) {
                try {
                    row.get(column.name());
                } catch (ValueException e) {
                    // PostgreSQL holds more than Java has a type for, and that is the exception that says so
                }
            }
        }

        /** Deaf to the interrupt of whoever closes. */
        private void awaitRelease() {
            boolean interrupted = false;
            while (true) {
                try {
                    released.await();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        private boolean take(Order wanted) {
            boolean taken = order.compareAndSet(wanted, null);
            if (taken) {
                say(Ledger.DONE, wanted.name());
            }
            return taken;
        }
    }

    /** Another handler, called before the one that records. */
    private static final class Witness implements EventHandler {
        private final AtomicLong events = new AtomicLong();

        @Override
        public void define(io.walwire.handler.Handlers on) {
            on.allTables().onChanges(this::count);
        }

        private void count(List<? extends Event> run) {
            if (events.addAndGet(run.size()) < 0) {
                throw new IllegalStateException("More events than there can be");
            }
        }
    }
}
