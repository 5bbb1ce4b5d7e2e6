package io.walwire;

import io.walwire.config.Credentials;
import io.walwire.deadletter.Replay;
import io.walwire.deadletter.StoredLetter;
import io.walwire.doctor.Finding;
import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Interceptor;
import io.walwire.internal.config.Version;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.engine.Engine;
import io.walwire.internal.engine.HandlersAlone;
import io.walwire.internal.engine.Sources;
import io.walwire.internal.engine.UserCode;
import io.walwire.internal.source.ChangeSource;
import io.walwire.internal.source.GivenSource;
import io.walwire.internal.text.Identifiers;
import io.walwire.listener.WalwireListener;
import io.walwire.sink.Sink;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Assembles an instance from a properties file, settings with the same names, or both; a setting wins over the file, and
 * the later of two equal settings over the earlier. Nothing is checked before {@link #start()}.
 */
public final class WalwireBuilder {
    private final Settings settings = new Settings();
    private final GivenCode code = new GivenCode();
    private ChangeSource.@Nullable Factory source;
    private boolean closesOnShutdown;

    static {
        GivenSource.open((builder, source) -> ((WalwireBuilder) builder).source = source);
    }

    WalwireBuilder() {}

    /**
     * The names of all properties except {@code walwire.kafka.*}, which the Kafka sink knows. For a framework that reads them from
     * a configuration of its own: those of Walwire in the order of the documentation, then {@code walwire.pgjdbc.NAME} for each
     * setting of the driver that may be given.
     *
     * @return unmodifiable
     */
    public static List<String> propertyNames() {
        return WalwireConfig.propertyNames();
    }

    /**
     * Reads a properties file (UTF-8). Each key begins with {@code walwire.}; {@code ${NAME}} in a value reads the
     * environment.
     *
     * @param file the file
     * @return this
     */
    public WalwireBuilder properties(Path file) {
        settings.add(file);
        return this;
    }

    /**
     * Takes properties that were read elsewhere.
     *
     * @param properties keys beginning with {@code walwire.}, and raw values
     * @return this
     */
    public WalwireBuilder properties(Map<String, String> properties) {
        settings.add(properties);
        return this;
    }

    /**
     * Sets any property.
     *
     * @param key for example {@code walwire.slot.busy}
     * @param value as it would stand in a properties file
     * @return this
     */
    public WalwireBuilder set(String key, String value) {
        settings.set(key, value);
        return this;
    }

    /**
     * {@code walwire.url}: {@code postgresql://user:password@host:5432/database?sslmode=verify-full}.
     *
     * @param url where the database is; {@code postgres://} and {@code jdbc:postgresql://} are read too
     * @return this
     */
    public WalwireBuilder url(String url) {
        return set("walwire.url", url);
    }

    /**
     * {@code walwire.host}.
     *
     * @param host one or several, separated by commas
     * @return this
     */
    public WalwireBuilder host(String host) {
        return set("walwire.host", host);
    }

    /**
     * {@code walwire.port}.
     *
     * @param port the TCP port
     * @return this
     */
    public WalwireBuilder port(int port) {
        return set("walwire.port", Integer.toString(port));
    }

    /**
     * {@code walwire.database}.
     *
     * @param database its name
     * @return this
     */
    public WalwireBuilder database(String database) {
        return set("walwire.database", database);
    }

    /**
     * {@code walwire.user}.
     *
     * @param user the role, with the REPLICATION attribute
     * @return this
     */
    public WalwireBuilder user(String user) {
        return set("walwire.user", user);
    }

    /**
     * {@code walwire.password}.
     *
     * @param password the role's password; never logged
     * @return this
     */
    public WalwireBuilder password(String password) {
        return set("walwire.password", password);
    }

    /**
     * Asks for user and password at every connect, in place of {@code walwire.user} and {@code walwire.password}.
     *
     * @param supplier called on the connecting thread
     * @return this
     */
    public WalwireBuilder credentials(Supplier<Credentials> supplier) {
        code.credentials = Objects.requireNonNull(supplier, "supplier");
        return this;
    }

    /**
     * {@code walwire.name}: names the instance in threads and in {@code pg_stat_activity}.
     *
     * @param name letters, digits, dot, dash and underscore
     * @return this
     */
    public WalwireBuilder name(String name) {
        return set("walwire.name", name);
    }

    /**
     * {@code walwire.publication}.
     *
     * @param names one or several, raw; quoted here where they need it
     * @return this
     */
    public WalwireBuilder publication(String... names) {
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
    public WalwireBuilder subscriptions(String... tables) {
        return set("walwire.subscriptions", String.join(", ", tables));
    }

    /**
     * {@code walwire.slot.name}: makes the slot durable, unless {@code walwire.slot.durable} says otherwise.
     *
     * @param name lower-case letters, digits and underscores
     * @return this
     */
    public WalwireBuilder slotName(String name) {
        return set("walwire.slot.name", name);
    }

    /**
     * {@code walwire.slot.durable}.
     *
     * @param durable whether the slot outlives the connection, and with it the position
     * @return this
     */
    public WalwireBuilder slotDurable(boolean durable) {
        return set("walwire.slot.durable", Boolean.toString(durable));
    }

    /**
     * {@code walwire.close.timeout}.
     *
     * @param timeout how long closing waits for handlers
     * @return this
     */
    public WalwireBuilder closeTimeout(Duration timeout) {
        return set("walwire.close.timeout", timeout.toString());
    }

    /**
     * {@code walwire.start.wait}: how long {@link #start()} goes on trying while the server cannot be reached.
     *
     * @param wait zero, the default, to throw at the first failure
     * @return this
     */
    public WalwireBuilder startWait(Duration wait) {
        return set("walwire.start.wait", wait.toString());
    }

    /**
     * {@code walwire.concurrency}: for how many keys a handler runs side by side. The events of each row stay in order.
     *
     * @param keys 1, the default, for one transaction after another, to 1024
     * @return this
     */
    public WalwireBuilder concurrency(int keys) {
        return set("walwire.concurrency", Integer.toString(keys));
    }

    /**
     * {@code walwire.old-record}: whether the JSON of an update holds what is known of the old row.
     *
     * @param shown false if not set
     * @return this
     */
    public WalwireBuilder oldRecord(boolean shown) {
        return set("walwire.old-record", Boolean.toString(shown));
    }

    /**
     * Adds a handler. Handlers are called in the order in which they were added, those of {@code walwire.handlers} last.
     *
     * @param handler asked what it listens to by {@link #start()}
     * @return this
     */
    public WalwireBuilder handler(EventHandler handler) {
        code.add(new UserCode.Registration(handler, null));
        return this;
    }

    /**
     * Adds a handler with a failure policy of its own.
     *
     * @param handler as {@link #handler(EventHandler)}
     * @param own what happens when it fails, in place of the instance's policy
     * @return this
     */
    public WalwireBuilder handler(EventHandler handler, FailurePolicy own) {
        code.add(new UserCode.Registration(handler, Objects.requireNonNull(own, "own")));
        return this;
    }

    /**
     * Adds a handler under a name: for a lambda, which has none of its own. The name is shown in messages and kept in dead
     * letters, which find their handler by it. A lambda needs one where its failure policy keeps dead letters.
     *
     * @param name the same at every start, not blank; in place of {@link EventHandler#handlerName()}
     * @param handler as {@link #handler(EventHandler)}
     * @return this
     * @throws IllegalArgumentException if the name is blank
     */
    public WalwireBuilder handler(String name, EventHandler handler) {
        code.add(new UserCode.Registration(handler, Objects.requireNonNull(name, "name"), null));
        return this;
    }

    /**
     * Adds a handler under a name, with a failure policy of its own.
     *
     * @param name as {@link #handler(String, EventHandler)}
     * @param handler as {@link #handler(EventHandler)}
     * @param own what happens when it fails, in place of the instance's policy
     * @return this
     * @throws IllegalArgumentException if the name is blank
     */
    public WalwireBuilder handler(String name, EventHandler handler, FailurePolicy own) {
        code.add(new UserCode.Registration(
                handler, Objects.requireNonNull(name, "name"), Objects.requireNonNull(own, "own")));
        return this;
    }

    /**
     * What happens when a handler fails that has no policy of its own, in place of {@code walwire.failure} and
     * {@code walwire.failure.retries}: {@code retry(5, 200 ms, 30 s).thenStop()} if nothing is set, neither here nor by
     * {@link #deadLetters(DeadLetters)}.
     *
     * @param ofInstance the policy, also of handlers that were or will be added
     * @return this
     */
    public WalwireBuilder failurePolicy(FailurePolicy ofInstance) {
        code.policy = Objects.requireNonNull(ofInstance, "ofInstance");
        code.letters = null;
        return this;
    }

    /**
     * Stores failed calls of handlers that have no policy of their own. A call is first made again {@code walwire.failure.retries} times,
     * 5 times if that is not set. It has no effect if {@code walwire.failure} is set. The last call of this method or of
     * {@link #failurePolicy} counts.
     *
     * @param store where the letters are kept
     * @return this
     */
    public WalwireBuilder deadLetters(DeadLetters store) {
        code.letters = Objects.requireNonNull(store, "store");
        code.policy = null;
        return this;
    }

    /**
     * Puts an interceptor between the stream and the handlers.
     *
     * @param between in place of the one that passes everything on
     * @return this
     */
    public WalwireBuilder interceptor(Interceptor between) {
        code.interceptor = Objects.requireNonNull(between, "interceptor");
        return this;
    }

    /**
     * Keeps the position in your own database too, for effects that happen exactly once. The start refuses it beside a sink, beside
     * {@code walwire.concurrency} above 1, and beside handlers that declare a batch or an asynchronous callback.
     *
     * @param kept where; an object of its own for each instance
     * @return this
     */
    public WalwireBuilder checkpoint(JdbcCheckpoint kept) {
        code.checkpoint = Objects.requireNonNull(kept, "kept");
        return this;
    }

    /**
     * Sets the sink, which gets all events of the subscribed tables, transaction by transaction. Handlers can stand beside it: each
     * transaction goes to them first, and is confirmed when both are done. The start refuses a sink beside a checkpoint, beside
     * {@code walwire.concurrency} above 1, and beside handlers that declare a batch or an asynchronous callback. It belongs to one open
     * instance.
     *
     * @param destination an object of its own for each instance; in place of one that was given before
     * @return this
     */
    public WalwireBuilder sink(Sink destination) {
        code.sink = Objects.requireNonNull(destination, "destination");
        return this;
    }

    /**
     * Hears of the failure that ends a running instance: a handler whose policy is to stop, a filter or interceptor that
     * throws, an error of the server that does not heal. It is called once, on a thread of its own, when the instance has
     * ended and its slot is free; it may close the instance, start another one, or end the JVM. What it throws is logged. The
     * log holds the failure in any case, as one line of level ERROR. It is not called for what {@link #start()} throws.
     *
     * @param callback is given what {@link Walwire#completion()} fails with
     * @return this
     */
    public WalwireBuilder onFailure(Consumer<WalwireException> callback) {
        code.onFailure = Objects.requireNonNull(callback, "callback");
        return this;
    }

    /**
     * Adds an observer of the instance, for metrics and logs.
     *
     * @param listener called in the order in which listeners were added; see there for threads
     * @return this
     */
    public WalwireBuilder listener(WalwireListener listener) {
        code.add(listener);
        return this;
    }

    /**
     * Has a hook close the instance when the JVM shuts down, such as at SIGTERM, SIGINT or {@code System.exit}: a signal
     * closes no try-with-resources. The hook does what {@link Walwire#close()} does, so that the JVM ends within
     * {@code walwire.close.timeout}; after a handler that called {@code System.exit} itself it waits for none. It is gone when
     * the instance has ended.
     *
     * @return this
     */
    public WalwireBuilder closeOnShutdown() {
        closesOnShutdown = true;
        return this;
    }

    /**
     * Starts the instance. What fails after it streams or stands by ends the instance, but is not thrown here.
     *
     * @return an instance that streams, or stands by for a slot that another process holds
     * @throws ConfigurationException with every problem of the configuration
     * @throws WalwireException if the instance cannot stream: the message says why, and what to do
     */
    public Walwire start() {
        WalwireConfig config = settings.config(code.credentials != null, code::conflicts);
        code.requireStore(config);
        Engine engine = engine(config);
        if (closesOnShutdown) {
            engine.closeOnShutdown();
        }
        engine.start();
        return new Walwire(engine);
    }

    /**
     * Examines the database for what would keep an instance from streaming, or harm it or the application later, without
     * starting one and without changing anything: settings, the role's privileges, publications, replica identities, the slot,
     * what existing rows need, in the checkpoint's database too, and what the sink needs, if there is one and it says so ({@code
     * Sink.check}).
     *
     * @return what was found, worst first, each with the SQL that fixes it; empty if all is well. That the server cannot be
     *     reached is a finding, too
     * @throws ConfigurationException with every problem of the configuration
     */
    public List<Finding> check() {
        return engine(settings.withoutStream(code.credentials != null, code::conflicts))
                .check();
    }

    private Engine engine(WalwireConfig config) {
        ChangeSource.Factory configured = source == null ? Sources.of(config) : source;
        return new Engine(config, code.credentials(config), code.of(config), Version.current(), configured);
    }

    /**
     * The dead letters that {@code walwire.dead-letters} names: the table in the database that is read, or a file.
     *
     * @return the letters; nothing is connected to yet
     * @throws ConfigurationException with every problem of the configuration, also if it names no place for letters
     */
    public DeadLetters deadLetters() {
        WalwireConfig config = withoutStream();
        DeadLetters letters = new ConfiguredFailure(config, code.credentials(config)).letters();
        if (letters == null) {
            throw new ConfigurationException(
                    List.of("walwire.dead-letters is missing; set it to table, or to the path of a file"));
        }
        return letters;
    }

    /**
     * Makes the calls of dead letters again as {@link Walwire#replay(DeadLetters, Predicate)}, without a stream: whether
     * another process streams does not matter.
     *
     * @param letters where they are kept
     * @param which selects letters
     * @return how many succeeded, and why others stay
     * @throws ConfigurationException with every problem of the configuration
     * @throws WalwireException if the letters cannot be read or removed
     * @throws InterruptedException if the calling thread is interrupted
     */
    public Replay replay(DeadLetters letters, Predicate<StoredLetter> which) throws InterruptedException {
        WalwireConfig config = withoutStream();
        try (HandlersAlone alone = new HandlersAlone(config, code.of(config))) {
            return alone.replay(letters.store(), which);
        }
    }

    private WalwireConfig withoutStream() {
        return settings.withoutStream(code.credentials != null, (slot, concurrency, kafka) -> List.of());
    }

    /** Shows no values: one of them may be a password. */
    @Override
    public String toString() {
        return "WalwireBuilder" + settings;
    }
}
