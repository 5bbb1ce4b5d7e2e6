package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import io.walwire.config.Credentials;
import io.walwire.doctor.Finding;
import io.walwire.error.ConfigurationException;
import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.FailurePolicy;
import io.walwire.internal.text.Printable;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import io.walwire.mapping.ColumnName;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** Whoever names a table, a column, a type or a role cannot write lines of the log, or command the terminal that shows it. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ForgedLinesTest {
    private static final String FORGED = "\r\nERROR x\u001b[2J\u009b\u202e\u2028";
    private static final String TABLE = "t" + FORGED;
    private static final String COLUMN = "c" + FORGED;
    private static final String TYPE = "y" + FORGED;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Recorder<String> lines = new Recorder<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.walwire");
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getFormattedMessage());
            for (IThrowableProxy thrown = event.getThrowableProxy(); thrown != null; thrown = thrown.getCause()) {
                lines.add(String.valueOf(thrown.getMessage()));
            }
        }
    };

    /** The longest name that PostgreSQL takes, in characters of three bytes. */
    private static String longest() {
        return "\u202e".repeat(21);
    }

    private static String quoted(String name) {
        return SqlIdentifiers.quote(name);
    }

    private static String table() {
        return new TableName("public", TABLE).toString();
    }

    @BeforeEach
    void listen() throws Exception {
        appender.start();
        logger.setLevel(Level.TRACE);
        logger.setAdditive(false);
        logger.addAppender(appender);
        Instances.prepare(
                database,
                "CREATE TYPE " + quoted(TYPE) + " AS (a int)",
                "CREATE TABLE " + quoted(TABLE) + " (" + quoted(COLUMN) + " int PRIMARY KEY, other " + quoted(TYPE)
                        + ")",
                "CREATE TABLE " + quoted(longest()) + " (id int)");
    }

    @AfterEach
    void requirePrintableLines() {
        logger.detachAppender(appender);
        logger.setAdditive(true);
        logger.setLevel(null);
        lines.all().forEach(ForgedLinesTest::requirePrintable);
    }

    private static void requirePrintable(String text) {
        assertThat(Printable.of(text)).isEqualTo(text);
    }

    private static void requirePrintable(Throwable thrown) {
        assertThat(thrown).isNotNull();
        if (thrown instanceof ConfigurationException configuration) {
            configuration.problems().forEach(ForgedLinesTest::requirePrintable);
            assertThat(thrown).hasMessage(String.join(System.lineSeparator(), configuration.problems()));
            return;
        }
        requirePrintable(String.valueOf(thrown.getMessage()));
    }

    private static void requirePrintable(List<Finding> findings) {
        for (Finding finding : findings) {
            requirePrintable(finding.what());
            requirePrintable(finding.where());
            String sql = finding.sql();
            if (sql != null) {
                requirePrintable(sql.replace("\n", ""));
            }
        }
    }

    private record Wrong(@ColumnName(COLUMN) LocalDate date) {}

    /** The instance under test, on the source that is tested. */
    WalwireBuilder temporary() {
        return Instances.temporary(database);
    }

    @Test
    void names_ofAWholeRun() throws Exception {
        Recorder<Event> events = new Recorder<>();
        WalwireBuilder builder = temporary()
                .handler(
                        on -> on.table(table()).onInsert(event -> {
                            events.add(event.detach());
                            throw new IllegalStateException(
                                    "about " + event.source().columns());
                        }),
                        FailurePolicy.skip());
        try (Walwire walwire = builder.start()) {
            requirePrintable(walwire.check());
            database.sql("INSERT INTO " + quoted(TABLE) + " VALUES (1, ROW(2))");
            Row row = Objects.requireNonNull(Typed.row(events.await(1).get(0)).afterRow());
            requirePrintable(catchThrowable(() -> row.get(COLUMN, List.class)));
            requirePrintable(catchThrowable(() -> row.get("no" + FORGED)));
            requirePrintable(catchThrowable(() -> walwire.watch("no" + FORGED)));
        }
        try (Walwire walwire = temporary()
                .handler(on -> on.table(table(), Wrong.class).onInsert(RowEvent::row), FailurePolicy.stop())
                .start()) {
            database.sql("INSERT INTO " + quoted(TABLE) + " VALUES (2)");
            Eventually.until(Items.LONG, () -> walwire.state().isFinal());
            requirePrintable(String.valueOf(walwire.status().lastError()));
        }
    }

    @Test
    void doctor_prescribesSqlThatWorks() throws Exception {
        String publication = "p" + FORGED;
        WalwireBuilder builder = Walwire.builder()
                .url(database.url())
                .publication(publication)
                .subscriptions(table() + ", " + new TableName("public", longest()))
                .slotName("x");
        for (int i = 0; i < 2; i++) {
            List<Finding> findings = builder.check();
            requirePrintable(findings);
            for (Finding finding : findings) {
                String sql = finding.sql();
                if (sql != null && (finding.what().contains("It does not exist.") || sql.contains("IDENTITY"))) {
                    database.sql(sql);
                }
            }
        }
        assertThat(database.queryLong("SELECT count(*) FROM pg_publication WHERE pubname = '" + publication + "'"))
                .isEqualTo(1);
    }

    @Test
    void role_andApplicationName() throws Exception {
        String role = database.unique("r") + FORGED;
        database.sql("CREATE ROLE " + quoted(role) + " LOGIN PASSWORD 'secret'");
        try {
            WalwireBuilder builder = new Link(new Credentials(role, "secret")).reader(database);
            requirePrintable(builder.check());
            requirePrintable(catchThrowable(builder::start));
            requirePrintable(catchThrowable(() -> Walwire.builder()
                    .url(database.url())
                    .set("walwire.name", "a" + FORGED)
                    .slotName("s" + FORGED)
                    .subscriptions("x" + FORGED + ".*.*")
                    .start()));
        } finally {
            database.sql("DROP ROLE " + quoted(role));
        }
    }
}
