package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.walwire.error.ConfigurationException;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import io.walwire.watch.Watch;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** Watches are held against the catalog when somebody subscribes: everything that is wrong is said at once. */
@ParameterizedClass
@EnumSource(EitherSource.class)
class WatchCheckTest {
    @Parameter
    EitherSource source = EitherSource.REPLICATION;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Logger logger = (Logger) LoggerFactory.getLogger("io.walwire");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private @Nullable Walwire running;

    @BeforeEach
    void start() throws SQLException {
        database.sql(
                "CREATE SCHEMA billing",
                "CREATE TABLE customer (id int PRIMARY KEY, email text, born date, plan text, seats int)",
                "CREATE TABLE secret (id int PRIMARY KEY)",
                "CREATE TABLE member (team int, person int, note text, PRIMARY KEY (team, person))",
                "CREATE TABLE keyless (note text)",
                "CREATE TABLE billing.invoice (id int PRIMARY KEY)",
                "CREATE PUBLICATION events FOR TABLE customer, member, keyless, billing.invoice");
        log.start();
        logger.addAppender(log);
        running = source.temporary(database)
                .subscriptions("customer", "member", "keyless", "secret_none.*")
                .start();
    }

    @AfterEach
    void stop() {
        logger.detachAppender(log);
        walwire().close();
    }

    private Walwire walwire() {
        return Objects.requireNonNull(running);
    }

    private List<String> warnings() {
        return List.copyOf(log.list).stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                .map(ILoggingEvent::getFormattedMessage)
                .filter(line -> line.contains("compares old values"))
                .toList();
    }

    private static List<String> problems(Watch watch) {
        ConfigurationException refused = Objects.requireNonNull(
                catchThrowableOfType(ConfigurationException.class, () -> watch.subscribe(e -> {})));
        assertThat(catchThrowableOfType(ConfigurationException.class, watch::iterator))
                .hasMessage(refused.getMessage());
        assertThat(catchThrowableOfType(ConfigurationException.class, watch::publisher))
                .hasMessage(refused.getMessage());
        return refused.problems();
    }

    @Test
    void everythingWrong_inOneError_withTheNearestNames() {
        List<String> problems = problems(walwire()
                .watch("customer")
                .label("mine")
                .inserted()
                .columns("emial")
                .changed("plna")
                .from("x")
                .where("born", "yesterday")
                .where("seats", 1.5)
                .key(Map.of("ident", 1))
                .select("id", "nmae"));
        assertThat(problems).allMatch(line -> line.startsWith("Watch \"mine\" on table public.customer: "));
        assertThat(problems).hasSize(7);
        assertThat(problems).anyMatch(line -> line.contains("updated()"));
        assertThat(problems).anyMatch(line -> line.contains("no column emial; did you mean email?"));
        assertThat(problems).anyMatch(line -> line.contains("no column plna; did you mean plan?"));
        assertThat(problems).anyMatch(line -> line.contains("no column nmae; it has id, email"));
        assertThat(problems).anyMatch(line -> line.contains("column born") && line.contains("date"));
        assertThat(problems).anyMatch(line -> line.contains("column seats") && line.contains("int4"));
        assertThat(problems).anyMatch(line -> line.contains("ident") && line.contains("which is id"));
        assertThat(problems).noneMatch(line -> line.contains("yesterday"));
        assertThat(walwire().watchStatus().subscriptions()).isZero();
    }

    @Test
    void table_missing_unsubscribed_unpublished() {
        assertThat(problems(walwire().watch("custmer")))
                .singleElement()
                .asString()
                .contains("no such table", "did you mean public.customer?");
        assertThat(problems(walwire().watch("billing.invoice")))
                .hasSize(source == EitherSource.REPLICATION ? 1 : 2)
                .anyMatch(line -> line.contains("not subscribed") && line.contains("addTables(\"billing.invoice\")"));
        assertThat(problems(walwire().watch("secret")))
                .hasSize(2)
                .anyMatch(line -> line.contains(
                        source == EitherSource.REPLICATION
                                ? "ALTER PUBLICATION \"events\" ADD TABLE ONLY \"public\".\"secret\";"
                                : "bin/walwire triggers install"));
        assertThatThrownBy(() -> walwire().watch("a.b.c")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void key_ofAnotherShape() {
        assertThat(problems(walwire().watch("member").key(1)))
                .singleElement()
                .asString()
                .contains("team, person", "key(Map.of(");
        assertThat(problems(walwire().watch("member").key(Map.of("team", 1))))
                .singleElement()
                .asString()
                .contains("which is team, person");
        assertThat(problems(walwire().watch("keyless").key(1).keysOnly().conflate(5)))
                .hasSize(3);
    }

    @Test
    void columnNotPublished_isSaid() throws SQLException {
        Assumptions.assumeTrue(PostgresServer.shared().version() >= 15);
        database.sql("ALTER PUBLICATION events SET TABLE customer (id, email), member, keyless");
        Watch watch = walwire().watch("customer").where("plan", "pro");
        if (source == EitherSource.TRIGGERS) {
            watch.subscribe(event -> {}).close(); // no publication matters to them
            return;
        }
        assertThat(problems(watch)).singleElement().asString().contains("plan is not published");
    }

    /** What was read of the table earlier does not refuse what it has become. */
    @Test
    void tableChangedMeanwhile_isReadAgain() throws SQLException {
        walwire().watch("customer").subscribe(event -> {}).close();
        assertThat(problems(walwire().watch("customer").columns("nick"))).hasSize(1);
        database.sql("ALTER TABLE customer ADD nick text");
        walwire().watch("customer").columns("nick").subscribe(event -> {}).close();
        walwire().addTables("billing.invoice");
        walwire().watch("billing.invoice").subscribe(event -> {}).close();
    }

    @Test
    void oldValuesNotSent_warnedOfOncePerTable_withTheStatement() throws SQLException {
        walwire().watch("customer").key(1).subscribe(event -> {});
        walwire().watch("customer").columns("id").where("id", 3).subscribe(event -> {});
        walwire().watch("member").changed("team").from(1).subscribe(event -> {});
        assertThat(warnings()).isEmpty();
        walwire().watch("customer").columns("email").subscribe(event -> {});
        walwire().watch("customer").where("plan", "x").subscribe(event -> {});
        walwire().watch("member").enters(row -> true).subscribe(event -> {});
        if (source == EitherSource.TRIGGERS) {
            assertThat(warnings()).as("triggers have the whole old row").isEmpty();
            return;
        }
        assertThat(warnings())
                .hasSize(2)
                .first()
                .asString()
                .contains("ALTER TABLE \"public\".\"customer\" REPLICA IDENTITY FULL;");
        database.sql("ALTER TABLE keyless REPLICA IDENTITY FULL");
        walwire().watch("keyless").where("note", "x").subscribe(event -> {});
        assertThat(warnings()).hasSize(2);
    }

    @Test
    void closedInstance_isSaid() {
        Watch watch = walwire().watch("customer");
        walwire().close();
        WalwireException closed =
                Objects.requireNonNull(catchThrowableOfType(WalwireException.class, () -> watch.subscribe(e -> {})));
        assertThat(closed.code()).isEqualTo(ErrorCode.CLOSED);
    }
}
