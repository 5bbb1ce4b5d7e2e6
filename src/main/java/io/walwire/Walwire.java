package io.walwire;

import io.walwire.config.Credentials;
import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Interceptor;
import io.walwire.internal.config.HandlerClasses;
import io.walwire.internal.config.PropertiesFile;
import io.walwire.internal.config.Version;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.engine.Engine;
import io.walwire.internal.text.Identifiers;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.transaction.StoredTransaction;
import io.walwire.lifecycle.State;
import io.walwire.lifecycle.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A running instance: reads the changes of one PostgreSQL database and calls handlers with them. Several may live in one
 * JVM. All methods are safe to call from any thread, from handlers too.
 *
 * <p>Delivery is at least once and in commit order: a transaction's position is confirmed to the server only after every
 * handler has returned, so that what was not finished comes again after a restart (with a durable slot), each event with the
 * same {@code id()}. Handlers of one instance never run at the same time. A lost connection is replaced for ever; an error
 * that nobody but the user can mend, and a handler that throws, end the instance: see {@link #completion()}.
 */
public final class Walwire implements AutoCloseable {
    private final Engine engine;

    private Walwire(Engine engine) {
        this.engine = engine;
    }

    /**
     * Begins to assemble an instance.
     *
     * @return a builder without any settings
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Reads a transaction that {@link Transaction#toBytes()} stored.
     *
     * @param stored the bytes
     * @return an equal transaction or part, for {@link #process}
     * @throws IllegalArgumentException if these are not such bytes
     */
    public static Transaction restore(byte[] stored) {
        return StoredTransaction.read(stored);
    }

    /**
     * What the instance is doing.
     *
     * @return the state at this moment
     */
    public State state() {
        return engine.state();
    }

    /**
     * State, positions and counts.
     *
     * @return a glance at this moment
     */
    public Status status() {
        return engine.status();
    }

    /**
     * Waits until the instance streams; a stand-by waits for the slot.
     *
     * @param atMost how long to wait
     * @return true once it streams; false if the time passed, or it was closed
     * @throws WalwireException if the instance has failed
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public boolean awaitStreaming(Duration atMost) throws InterruptedException {
        return engine.awaitStreaming(atMost) && engine.state() == State.STREAMING;
    }

    /**
     * Waits until the instance has ended.
     *
     * @throws WalwireException if it failed
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public void awaitTermination() throws InterruptedException {
        engine.awaitTermination(Duration.ofNanos(Long.MAX_VALUE));
    }

    /**
     * Waits until the instance has ended.
     *
     * @param atMost how long to wait
     * @return false if the time passed
     * @throws WalwireException if it failed
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public boolean awaitTermination(Duration atMost) throws InterruptedException {
        return engine.awaitTermination(atMost);
    }

    /**
     * How the instance ends: normally when it is closed, exceptionally with a {@link WalwireException} when it fails.
     *
     * @return a stage of its own for each call; completing it has no effect on the instance
     */
    public CompletionStage<Void> completion() {
        return engine.completion();
    }

    /**
     * Subscribes to more tables, from the transactions that are received next on. They must be in the publication, or are
     * added where {@code walwire.publication.manage} is set; PostgreSQL sends of a table what was committed after it was added.
     *
     * @param tables as in {@code walwire.subscriptions}: {@code user}, {@code billing.invoice}, {@code billing.*}, {@code *}
     * @throws IllegalArgumentException if a name cannot be read
     * @throws WalwireException if a table is not in the publication, or the instance is closed; nothing is changed then
     */
    public void subscribe(String... tables) {
        engine.subscribe(patterns(tables));
    }

    /**
     * Ends subscriptions, from the transactions that are received next on.
     *
     * @param tables exactly as they were subscribed
     * @throws IllegalArgumentException if one is not subscribed
     */
    public void unsubscribe(String... tables) {
        engine.unsubscribe(patterns(tables));
    }

    private static List<TablePattern> patterns(String... tables) {
        return Stream.of(tables).map(TablePattern::parse).toList();
    }

    /**
     * Adds a handler, from the next transaction on.
     *
     * @param handler asked what it listens to, now, on this thread
     * @throws WalwireException if a table that it names is not in the publication, or the instance is closed
     */
    public void addHandler(EventHandler handler) {
        engine.addHandler(Objects.requireNonNull(handler, "handler"));
    }

    /**
     * Removes a handler, from the next transaction on.
     *
     * @param handler the same object that was added or built in
     * @throws IllegalArgumentException if it is not a handler of this instance
     */
    public void removeHandler(EventHandler handler) {
        engine.removeHandler(handler);
    }

    /**
     * Runs the handlers of a transaction on the calling thread, after any that runs now, and returns when all have: for an
     * {@link Interceptor} that stored it. Confirms nothing.
     *
     * @param transaction a transaction or part of this instance, or {@link #restore restored}
     * @throws WalwireException if a handler threw, or the instance is closed; the instance goes on
     * @throws InterruptedException if the calling thread is interrupted
     */
    public void process(Transaction transaction) throws InterruptedException {
        engine.process(transaction);
    }

    /**
     * Ends the instance: finishes the transaction that its handlers are busy with, confirms it, tells the server, and
     * disconnects. Handlers that take longer than {@code walwire.close.timeout} are interrupted, and their transaction stays
     * unconfirmed. Called from a handler, returns at once and ends when the handler returns. Called again, waits for the end.
     */
    @Override
    public void close() {
        engine.close();
    }

    @Override
    public String toString() {
        return "Walwire[" + status() + "]";
    }

    /**
     * Assembles an instance from a properties file, settings with the same names, or both; a setting wins over the file, and
     * the later of two equal settings over the earlier. Nothing is checked before {@link #start()}.
     */
    public static final class Builder {
        private final Map<String, String> fromFiles = new LinkedHashMap<>();
        private final Map<String, String> settings = new LinkedHashMap<>();
        private final List<String> problems = new ArrayList<>();
        private final List<EventHandler> handlers = new ArrayList<>();
        private Interceptor interceptor = (transaction, next) -> next.proceed(transaction);
        private @Nullable Supplier<Credentials> credentials;

        private Builder() {}

        /**
         * Reads a properties file (UTF-8). Each key begins with {@code walwire.}; {@code ${NAME}} in a value reads the
         * environment.
         *
         * @param file the file
         * @return this
         */
        public Builder properties(Path file) {
            PropertiesFile read = PropertiesFile.read(file);
            problems.addAll(read.problems());
            fromFiles.putAll(read.values());
            return this;
        }

        /**
         * Takes properties that were read elsewhere.
         *
         * @param properties keys beginning with {@code walwire.}, and raw values
         * @return this
         */
        public Builder properties(Map<String, String> properties) {
            fromFiles.putAll(properties);
            return this;
        }

        /**
         * Sets any property.
         *
         * @param key for example {@code walwire.slot.busy}
         * @param value as it would stand in a properties file
         * @return this
         */
        public Builder set(String key, String value) {
            settings.remove(key);
            settings.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, key));
            return this;
        }

        /**
         * {@code walwire.url}: {@code postgresql://user:password@host:5432/database?sslmode=verify-full}.
         *
         * @param url where the database is; {@code postgres://} and {@code jdbc:postgresql://} are read too
         * @return this
         */
        public Builder url(String url) {
            return set("walwire.url", url);
        }

        /**
         * {@code walwire.host}.
         *
         * @param host one or several, separated by commas
         * @return this
         */
        public Builder host(String host) {
            return set("walwire.host", host);
        }

        /**
         * {@code walwire.port}.
         *
         * @param port the TCP port
         * @return this
         */
        public Builder port(int port) {
            return set("walwire.port", Integer.toString(port));
        }

        /**
         * {@code walwire.database}.
         *
         * @param database its name
         * @return this
         */
        public Builder database(String database) {
            return set("walwire.database", database);
        }

        /**
         * {@code walwire.user}.
         *
         * @param user the role, with the REPLICATION attribute
         * @return this
         */
        public Builder user(String user) {
            return set("walwire.user", user);
        }

        /**
         * {@code walwire.password}.
         *
         * @param password the role's password; never logged
         * @return this
         */
        public Builder password(String password) {
            return set("walwire.password", password);
        }

        /**
         * Asks for user and password at every connect, in place of {@code walwire.user} and {@code walwire.password}.
         *
         * @param supplier called on the connecting thread
         * @return this
         */
        public Builder credentials(Supplier<Credentials> supplier) {
            credentials = Objects.requireNonNull(supplier, "supplier");
            return this;
        }

        /**
         * {@code walwire.name}: names the instance in threads and in {@code pg_stat_activity}.
         *
         * @param name letters, digits, dot, dash and underscore
         * @return this
         */
        public Builder name(String name) {
            return set("walwire.name", name);
        }

        /**
         * {@code walwire.publication}.
         *
         * @param names one or several, raw; quoted here where they need it
         * @return this
         */
        public Builder publication(String... names) {
            return set(
                    "walwire.publication",
                    Stream.of(names).map(Identifiers::display).collect(Collectors.joining(", ")));
        }

        /**
         * {@code walwire.subscriptions}: the tables whose events are wanted, {@code *} if not set.
         *
         * @param tables {@code user}, {@code billing.invoice}, {@code billing."Weird, name"}, {@code billing.*} or {@code *}
         * @return this
         */
        public Builder subscriptions(String... tables) {
            return set("walwire.subscriptions", String.join(", ", tables));
        }

        /**
         * {@code walwire.slot.name}: makes the slot durable, unless {@code walwire.slot.durable} says otherwise.
         *
         * @param name lower-case letters, digits and underscores
         * @return this
         */
        public Builder slotName(String name) {
            return set("walwire.slot.name", name);
        }

        /**
         * {@code walwire.slot.durable}.
         *
         * @param durable whether the slot outlives the connection, and with it the position
         * @return this
         */
        public Builder slotDurable(boolean durable) {
            return set("walwire.slot.durable", Boolean.toString(durable));
        }

        /**
         * {@code walwire.close.timeout}.
         *
         * @param timeout how long closing waits for handlers
         * @return this
         */
        public Builder closeTimeout(Duration timeout) {
            return set("walwire.close.timeout", timeout.toString());
        }

        /**
         * {@code walwire.start.wait}: how long {@link #start()} goes on trying while the server cannot be reached.
         *
         * @param wait zero, the default, to throw at the first failure
         * @return this
         */
        public Builder startWait(Duration wait) {
            return set("walwire.start.wait", wait.toString());
        }

        /**
         * {@code walwire.old-record}: whether the JSON of an update holds what is known of the old row.
         *
         * @param shown false if not set
         * @return this
         */
        public Builder oldRecord(boolean shown) {
            return set("walwire.old-record", Boolean.toString(shown));
        }

        /**
         * Adds a handler. Handlers are called in the order in which they were added, those of {@code walwire.handlers} last.
         *
         * @param handler asked what it listens to by {@link #start()}
         * @return this
         */
        public Builder handler(EventHandler handler) {
            handlers.add(Objects.requireNonNull(handler, "handler"));
            return this;
        }

        /**
         * Puts an interceptor between the stream and the handlers.
         *
         * @param between in place of the one that passes everything on
         * @return this
         */
        public Builder interceptor(Interceptor between) {
            interceptor = Objects.requireNonNull(between, "interceptor");
            return this;
        }

        /**
         * Starts the instance.
         *
         * @return an instance that streams, or stands by for a slot that another process holds
         * @throws ConfigurationException with every problem of the configuration
         * @throws WalwireException if the instance cannot stream: the message says why, and what to do
         */
        public Walwire start() {
            Map<String, String> values = new LinkedHashMap<>(fromFiles);
            values.putAll(settings);
            WalwireConfig config = WalwireConfig.of(values, problems, System::getenv, credentials != null);
            List<EventHandler> all = new ArrayList<>(handlers);
            all.addAll(HandlerClasses.load(
                    config.handlers().classes(),
                    config.handlers().packageName(),
                    config.subscriptions(),
                    classLoader()));
            Engine engine = new Engine(config, credentials(config), all, interceptor, Version.current());
            engine.start();
            return new Walwire(engine);
        }

        private Supplier<Credentials> credentials(WalwireConfig config) {
            if (credentials != null) {
                return credentials;
            }
            Credentials configured = Objects.requireNonNull(config.server().credentials(), "credentials");
            return () -> configured;
        }

        private static ClassLoader classLoader() {
            ClassLoader context = Thread.currentThread().getContextClassLoader();
            return context != null ? context : Walwire.class.getClassLoader();
        }

        /** Shows no values: one of them may be a password. */
        @Override
        public String toString() {
            return "Builder" + settings.keySet();
        }
    }
}
