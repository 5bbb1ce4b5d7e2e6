package io.walwire.testkit;

import io.walwire.Walwire;
import io.walwire.error.WalwireException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * For JUnit 5 and 6: a database of the test's own on an embedded PostgreSQL, and an instance that streams from it.
 *
 * <pre>{@code
 * class UserEventsTest {
 *     private final Mailbox mailbox = new Mailbox();
 *
 *     @RegisterExtension
 *     final WalwireExtension walwire = WalwireExtension.builder()
 *             .schema("CREATE TABLE users (id bigint PRIMARY KEY, email text)")
 *             .handler(new UserEvents(mailbox))
 *             .build();
 *
 *     @Test
 *     void newUser_isWelcomed() throws SQLException {
 *         walwire.execute("INSERT INTO users VALUES (1, 'a@b.c')");
 *         walwire.awaitHandled();
 *         assertThat(mailbox.sent()).containsExactly("a@b.c");
 *     }
 * }
 * }</pre>
 *
 * <p>In an instance field, each test has a database, a slot and an instance of its own. In a static field, the class has
 * them, nested classes included: what a test leaves in the database the next one finds, and an instance that failed,
 * or was closed or paused by a test, runs again when the next one begins, without what it had not handled. That saves some
 * 200 ms for each test. The server starts once for a JVM, and stops when JUnit's run ends.
 *
 * <p>The slot is durable, so that {@link #restart()} brings again what was not confirmed; it is dropped with the database. A
 * handler that throws ends the instance at once, without the retries that are usual elsewhere: {@link
 * WalwireExtensionBuilder#configure} sets another policy. A failure of the instance fails the test that it happens in, unless
 * {@link #awaitHandled} or {@link #awaitFailure} has returned.
 *
 * <p>A test's parameters may be of the types {@link Walwire}, {@link DataSource} and {@link Connection}; a connection that
 * came as a parameter is closed when the test ends.
 */
public final class WalwireExtension
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback, ParameterResolver {
    private static final ExtensionContext.Namespace SERVERS = ExtensionContext.Namespace.create(WalwireExtension.class);

    private final WalwireExtensionBuilder with;
    private final Map<String, List<Connection>> lent = new ConcurrentHashMap<>();
    private int classes;
    private @Nullable Open open;

    /**
     * What a test, or class, has.
     *
     * @param database its database
     * @param instance its instance
     */
    private record Open(OwnDatabase database, RunningInstance instance) {}

    WalwireExtension(WalwireExtensionBuilder with) {
        this.with = with;
    }

    /**
     * Begins to describe the database and the instance.
     *
     * @return a builder: no tables, no handlers, an embedded server
     */
    public static WalwireExtensionBuilder builder() {
        return new WalwireExtensionBuilder();
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        if (classes++ == 0) {
            open(context);
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        if (classes == 0) {
            open(context);
        } else {
            continued(opened());
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        Open used = open;
        try {
            giveBack(context);
        } finally {
            if (used != null) {
                if (classes == 0) {
                    close(used);
                }
                report(used.instance, context.getExecutionException().orElse(null));
            }
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        giveBack(context);
        Open used = open;
        if (--classes == 0 && used != null) {
            close(used);
        }
    }

    private void open(ExtensionContext context) throws Exception {
        OwnDatabase database = OwnDatabase.create(server(context));
        try {
            with.prepare(database);
            InHand inHand = new InHand();
            open = new Open(database, new RunningInstance(() -> with.start(database, inHand), inHand, with.timeout()));
        } catch (Throwable e) {
            try {
                database.drop();
            } catch (SQLException dropping) {
                e.addSuppressed(dropping);
            }
            throw e;
        }
    }

    private DatabaseUrl server(ExtensionContext context) {
        String named = with.server();
        if (named != null) {
            return DatabaseUrl.parse(named);
        }
        return EmbeddedServer.url(context.getRoot().getStore(SERVERS));
    }

    /** One test of a class is over, the next one begins. */
    private static void continued(Open open) throws SQLException {
        if (open.instance.isRunning()) {
            open.instance.walwire().resume();
            open.instance.awaitHandled();
        } else {
            // what made it fail, or came while it was closed, is not the next test's business
            open.instance.close();
            open.database.dropSlots();
            open.instance.restart();
        }
    }

    private void close(Open closing) throws SQLException {
        open = null;
        closing.instance.close();
        closing.database.drop();
    }

    /** What made a test fail is usually what made the instance fail. */
    private static void report(RunningInstance instance, @Nullable Throwable test) {
        WalwireException failure = instance.unreported();
        if (failure == null) {
            return;
        }
        if (test == null) {
            throw new AssertionError(
                    "The instance failed during the test, which has not noticed: " + failure.getMessage(), failure);
        }
        if (test != failure) {
            test.addSuppressed(failure);
        }
    }

    /**
     * Waits until everything is handled that is committed by now, in whatever session: {@link Walwire#awaitCurrent}. Waits 30
     * seconds at most, or as the builder says.
     *
     * @throws AssertionError if the time passed, and says what the instance was busy with; or if the instance failed
     */
    public void awaitHandled() {
        opened().instance.awaitHandled();
    }

    /**
     * As {@link #awaitHandled()}, with a time of its own.
     *
     * @param atMost how long to wait
     * @throws AssertionError as {@link #awaitHandled()}
     */
    public void awaitHandled(Duration atMost) {
        opened().instance.awaitHandled(atMost);
    }

    /**
     * Waits until the instance has failed, for tests of what happens then. The test does not fail because of it any more.
     *
     * @return how it failed
     * @throws AssertionError if it does not fail in time
     */
    public WalwireException awaitFailure() {
        return opened().instance.awaitFailure();
    }

    /**
     * Closes the instance, if it still runs, and starts another on the same slot: what was not confirmed comes again. Returns
     * when it streams.
     */
    public void restart() {
        opened().instance.restart();
    }

    /**
     * The instance.
     *
     * @return the one that runs now; another one after {@link #restart()}
     */
    public Walwire walwire() {
        return opened().instance.walwire();
    }

    /**
     * Executes SQL in a transaction of its own.
     *
     * @param sql one statement with {@code ?} for each argument; without arguments, several separated by semicolons
     * @param arguments values that the driver knows
     * @return how many rows were changed; of several statements, by the first
     * @throws SQLException if the database refuses
     */
    public int execute(String sql, @Nullable Object... arguments) throws SQLException {
        return opened().database.execute(sql, arguments);
    }

    /**
     * Does work in one transaction, which is rolled back if it throws.
     *
     * @param work what is done before the commit
     * @throws SQLException if the database refuses
     */
    public void inTransaction(SqlWork work) throws SQLException {
        opened().database.inTransaction(work);
    }

    /**
     * A new connection.
     *
     * @return committing by itself; the caller closes it
     * @throws SQLException if none can be opened
     */
    public Connection connection() throws SQLException {
        return opened().database.connect();
    }

    /**
     * Where connections come from.
     *
     * @return new ones each time, without a pool
     */
    public DataSource dataSource() {
        return opened().database.dataSource();
    }

    /**
     * The database, as Walwire reads it.
     *
     * @return for example {@code postgresql://postgres:postgres@localhost:54321/walwire_test_4711_0123456789ab}
     */
    public String url() {
        return opened().database.url().url();
    }

    /**
     * The database, as the driver reads it, such as for a connection pool or a framework.
     *
     * @return {@code jdbc:postgresql://} with user and password among its parameters
     */
    public String jdbcUrl() {
        return opened().database.url().jdbcUrl();
    }

    private Open opened() {
        Open now = open;
        if (now == null) {
            throw new IllegalStateException(
                    "No database yet: register the WalwireExtension by @RegisterExtension, in a static field for what"
                            + " @BeforeAll does, and use it while tests run");
        }
        return now;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Walwire.class || type == DataSource.class || type == Connection.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        if (type == Walwire.class) {
            return walwire();
        }
        if (type == DataSource.class) {
            return dataSource();
        }
        try {
            Connection connection = connection();
            lent.computeIfAbsent(context.getUniqueId(), id -> new ArrayList<>()).add(connection);
            return connection;
        } catch (SQLException e) {
            throw new ParameterResolutionException("No connection: " + e.getMessage(), e);
        }
    }

    private void giveBack(ExtensionContext context) throws SQLException {
        List<Connection> connections = lent.remove(context.getUniqueId());
        if (connections != null) {
            for (Connection connection : connections) {
                connection.close();
            }
        }
    }
}
