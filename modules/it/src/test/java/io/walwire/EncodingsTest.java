package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import io.walwire.testkit.WalwireKit;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Databases whose encoding is not UTF-8. */
@ParameterizedClass
@ValueSource(ints = {14, 18})
class EncodingsTest {
    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    @TempDir
    Path folder = Path.of("");

    private final Logger logger = (Logger) LoggerFactory.getLogger("io.walwire");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Recorder<Event> events = new Recorder<>();
    private String encoded = "";
    private Path recording = Path.of("");

    @BeforeEach
    void listen() {
        encoded = database.unique("encoded");
        recording = folder.resolve("stream.walwire");
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void drop() throws SQLException {
        logger.detachAppender(log);
        database.server().sql("DROP DATABASE " + encoded + " WITH (FORCE)");
    }

    private void create(String encoding) throws SQLException {
        database.server()
                .sql("CREATE DATABASE " + encoded + " ENCODING '" + encoding
                        + "' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        sql("CREATE TABLE item (id int PRIMARY KEY, name text)", "CREATE PUBLICATION events FOR ALL TABLES");
    }

    private void sql(String... statements) throws SQLException {
        try (Connection connection = database.server().connect(encoded);
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    private Walwire start() {
        return reader().start();
    }

    private WalwireBuilder reader() {
        return Walwire.builder()
                .url(database.server().url(encoded))
                .publication("events")
                .set("walwire.record", recording.toString())
                .handler(on -> on.onTransaction(tx -> events.addAll(tx.events())));
    }

    private static String name(Event event) {
        return Objects.requireNonNull(
                Objects.requireNonNull(Typed.row(event).afterRow()).text("name"));
    }

    @Test
    void latin1_arrivesAsTheSameText() throws Exception {
        create("LATIN1");
        sql("CREATE TABLE \"größe\" (id int PRIMARY KEY, name text)");
        try (Walwire walwire = start()) {
            sql("INSERT INTO \"größe\" VALUES (1, 'Café ÿ')");
            Event event = events.await(1).get(0);
            assertThat(event.source().table()).isEqualTo("größe");
            assertThat(name(event)).isEqualTo("Café ÿ");
            assertThat(event.toJson()).contains("\"name\":\"Café ÿ\"");
            assertThat(walwire.status().lastError()).isNull();
        }
        assertThat(log.list).noneMatch(line -> line.getFormattedMessage().contains("SQL_ASCII"));
    }

    /** In binary, PostgreSQL sends the lengths of an hstore's texts as they are in LATIN1, and the texts in UTF-8. */
    @Test
    void latin1_hstoreArrivesAsTheSameText() throws Exception {
        create("LATIN1");
        sql("CREATE EXTENSION hstore", "ALTER TABLE item ADD COLUMN h hstore");
        try (Walwire walwire = start()) {
            sql("INSERT INTO item VALUES (1, 'tea', 'a=>b')", "INSERT INTO item VALUES (2, 'Café', 'a=>café')");
            List<Event> both = events.await(2);
            assertThat(both.get(0).toJson()).contains("\"h\":{\"a\":\"b\"}");
            assertThat(both.get(1).toJson()).contains("\"name\":\"Café\"").contains("\"h\":{\"a\":\"café\"}");
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    @Test
    void latin1_messagesAreTextOfTheDatabase() throws Exception {
        create("LATIN1");
        try (Walwire walwire = start()) {
            sql(
                    "SELECT pg_logical_emit_message(true, 'note', 'Café ÿ'), pg_logical_emit_message(true, 'note', '\\x00e9'::bytea)");
            Event text = events.await(2).get(0);
            assertThat(Typed.message(text).message().text()).isEqualTo("Café ÿ");
            assertThat(Typed.message(text).message().content())
                    .isEqualTo("Café ÿ".getBytes(StandardCharsets.ISO_8859_1));
            assertThat(text.toJson()).contains("Café ÿ");
            Event bytes = events.all().get(1);
            assertThat(Typed.message(bytes).message().text()).isNull();
            assertThat(walwire.status().lastError()).isNull();
        }
        Recorder<Event> replayed = new Recorder<>();
        try (WalwireKit kit = WalwireKit.builder()
                .replay(recording)
                .configure(builder -> builder.set("walwire.messages", "true"))
                .handler(on -> on.onMessage(replayed::add))
                .start()) {
            kit.awaitHandled();
            assertThat(Typed.message(replayed.await(2).get(0)).message().text()).isEqualTo("Café ÿ");
        }
    }

    @Test
    void sqlAscii_warnedOf_andEndsForGoodAtAByteThatIsNoUtf8() throws Exception {
        create("SQL_ASCII");
        try (Walwire walwire = reader().slotName(encoded).start()) {
            assertThat(log.list).anySatisfy(line -> assertThat(line.getFormattedMessage())
                    .contains(encoded, "SQL_ASCII", "22021", "ENCODING 'UTF8'"));
            sql("INSERT INTO item VALUES (1, 'é')");
            assertThat(name(events.await(1).get(0))).isEqualTo("é");
            sql("INSERT INTO item VALUES (2, E'caf\\xe9')");
            assertThatThrownBy(walwire::awaitTermination)
                    .isInstanceOfSatisfying(
                            WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SERVER))
                    .hasMessageContainingAll("not valid UTF-8", "ENCODING 'UTF8'", "[SERVER 22021]");
            assertThat(walwire.status().reconnects()).isZero();
        }
        assertThat(events.all()).hasSize(1);
    }
}
