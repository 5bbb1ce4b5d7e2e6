package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever writes, and however: the same event, and never a failed write. */
@ParameterizedClass
@ValueSource(ints = {14, 18})
class TriggerWritersTest {
    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<Event> events = new Recorder<>();

    private WalwireBuilder recording(WalwireBuilder builder) {
        return builder.handler(on -> on.onTransaction(each -> events.addAll(each.events())));
    }

    private static void as(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    private static String json(Event event) {
        return Objects.requireNonNull(Typed.row(event).afterRow()).toJson();
    }

    @Test
    void session_withHostileSettings_writesTheSameText() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, at timestamptz, day date, span interval, data bytea,"
                + " number float8, price money, ref regclass, type regtype, doc xml)");
        String row =
                "'2024-02-03 04:05:06.789+00', '2024-02-03', '1 year 2 mons 3 days 04:05:06', '\\xdead', 0.1, 1234.5,"
                        + " 'public.item', 'public.item', '<a/>')";
        try (Walwire walwire = recording(Outboxes.temporary(database)).start();
                Connection hostile = database.connect()) {
            database.sql("INSERT INTO item VALUES (1, " + row);
            as(
                    hostile,
                    "CREATE SCHEMA evil",
                    "CREATE FUNCTION evil.hashtextextended(text, bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 1/0::bigint'",
                    "CREATE TEMP TABLE pg_attribute (attrelid oid)",
                    "SET search_path = pg_temp, evil, pg_catalog, public",
                    "SET \"IntervalStyle\" = 'iso_8601'",
                    "SET bytea_output = 'escape'",
                    "SET extra_float_digits = -15",
                    "SET quote_all_identifiers = on",
                    "SET xmloption = document",
                    "SET xmlbinary = hex",
                    "SET default_transaction_isolation = 'serializable'",
                    // the driver insists on its own where a session changes them
                    "CREATE FUNCTION evil.insert() RETURNS void LANGUAGE sql SET \"DateStyle\" = 'SQL, DMY' SET \"TimeZone\" ="
                            + " 'Asia/Kathmandu' AS $$INSERT INTO public.item VALUES (2, " + row + "$$",
                    "SELECT evil.insert()");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(events.all()).hasSize(2);
        String first = json(events.all().get(0));
        assertThat(json(events.all().get(1))).isEqualTo(first.replace("\"id\":1", "\"id\":2"));
    }

    @Test
    void role_withoutAnyRightOnTheOutbox_writesAndReadsNothing() throws Exception {
        String writer = database.role("LOGIN PASSWORD 'secret'");
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY)", "GRANT INSERT, UPDATE, DELETE, SELECT ON item TO " + writer);
        try (Walwire walwire = recording(Outboxes.temporary(database)).start();
                Connection connection = database.server().connect(database.name(), writer, "secret")) {
            as(connection, "INSERT INTO item VALUES (1)", "UPDATE item SET id = 2", "DELETE FROM item");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(events.all()).hasSize(3);
            for (String forbidden : new String[] {
                "SELECT * FROM " + Outboxes.OUTBOX,
                "SELECT walwire.walwire_define(1)",
                "SELECT walwire.walwire_relieve()",
                "CREATE TEMP TABLE mine (id int); CREATE TRIGGER t AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION"
                        + " walwire.walwire_capture()"
            }) {
                assertThatThrownBy(() -> as(connection, forbidden))
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("permission denied");
            }
        }
    }

    @Test
    void reader_withTheGrantsThatArePrinted_reads() throws Exception {
        String reader = database.role("LOGIN PASSWORD 'secret'");
        database.sql("CREATE TABLE item (id int PRIMARY KEY)");
        Outboxes.temporary(database)
                .set("walwire.triggers.notify", "false")
                .start()
                .close();
        String url = database.url().replaceFirst("//[^@]*@", "//" + reader + ":secret@");
        WalwireBuilder builder = recording(
                Walwire.builder().url(url).set("walwire.source", "triggers").set("walwire.triggers.notify", "false"));
        assertThatThrownBy(builder::start).isInstanceOfSatisfying(WalwireException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.PRIVILEGE);
            assertThat(e).hasMessageContaining("GRANT USAGE ON SCHEMA \"walwire\"");
        });
        assertThat(builder.check()).singleElement().satisfies(finding -> {
            for (String grant : String.valueOf(finding.sql()).split(";", -1)) {
                if (!grant.isBlank()) {
                    database.sql(grant);
                }
            }
        });
        assertThat(builder.check()).isEmpty();
        try (Walwire walwire = builder.start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(events.all()).hasSize(1);
        }
    }

    @Test
    void sessionReplicationRole_replica_firesOnlyWhatIsAlways() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY)");
        try (Walwire walwire = recording(Outboxes.temporary(database)).start();
                Connection connection = database.connect()) {
            as(connection, "SET session_replication_role = replica", "INSERT INTO item VALUES (1)");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(events.all()).isEmpty();
        }
        try (Walwire walwire = recording(Outboxes.temporary(database).set("walwire.triggers.always", "true"))
                        .start();
                Connection connection = database.connect()) {
            as(connection, "SET session_replication_role = replica", "INSERT INTO item VALUES (2)", "TRUNCATE item");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(events.all().stream().map(Trail::line)).containsExactly("item+2", "item!");
        }
    }

    @Test
    void rows_broughtByLogicalReplication_comeWithAlways() throws Exception {
        try (TestDatabase origin = TestDatabase.create(database.server())) {
            String slot = database.unique("subscription");
            origin.sql(
                    "CREATE TABLE item (id int PRIMARY KEY, note text)",
                    "CREATE PUBLICATION p FOR TABLE item",
                    "SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
            database.sql(
                    "CREATE TABLE item (id int PRIMARY KEY, note text) PARTITION BY RANGE (id)",
                    "CREATE TABLE low PARTITION OF item FOR VALUES FROM (0) TO (10)");
            try (Walwire walwire = recording(Outboxes.temporary(database).set("walwire.triggers.always", "true"))
                    .start()) {
                database.sql("CREATE SUBSCRIPTION " + slot + " CONNECTION 'host="
                        + origin.server().host() + " port="
                        + origin.server().port() + " user=" + origin.user() + " password=" + origin.password()
                        + " dbname=" + origin.name() + "' PUBLICATION p WITH (create_slot = false, copy_data = false,"
                        + " slot_name = '" + slot + "')");
                try {
                    origin.sql("INSERT INTO item VALUES (1, 'a')", "UPDATE item SET note = 'b'", "DELETE FROM item");
                    events.await(3);
                    assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
                } finally {
                    database.sql("ALTER SUBSCRIPTION " + slot + " DISABLE", "DROP SUBSCRIPTION " + slot);
                }
            }
            assertThat(events.all().stream().map(Trail::line)).containsExactly("item+1", "item~1", "item-1");
        }
    }

    @Test
    void definition_firstSeenByOlderSnapshots_failsNoWrite() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY)");
        try (Walwire walwire = recording(Outboxes.temporary(database)).start();
                Connection one = database.connect();
                Connection other = database.connect()) {
            as(one, "BEGIN ISOLATION LEVEL SERIALIZABLE", "SELECT * FROM item");
            as(other, "BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT * FROM item");
            database.sql("INSERT INTO item VALUES (1)");
            as(one, "INSERT INTO item VALUES (2)");
            as(other, "INSERT INTO item VALUES (3)", "INSERT INTO item VALUES (4)");
            as(one, "COMMIT");
            as(other, "COMMIT");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(events.all().stream().map(Trail::line))
                .containsExactlyInAnyOrder("item+1", "item+2", "item+3", "item+4");
    }

    /** What a role, a database or a session is set to must not fail a statement because of the triggers. */
    @Test
    void writer_withoutRights_andHostileSettings_writes() throws Exception {
        String writer = database.role("LOGIN PASSWORD 'secret'");
        database.sql("CREATE TABLE item (id int PRIMARY KEY)", "GRANT ALL ON item TO " + writer);
        for (String setting : new String[] {
            "row_security = off",
            "default_transaction_isolation = 'serializable'",
            "default_transaction_read_only = on",
            "default_transaction_deferrable = on",
            "search_path = ''",
            "\"plpgsql.extra_errors\" = 'all'",
            "standard_conforming_strings = off",
            "array_nulls = off",
            "transform_null_equals = on",
            "lock_timeout = 200"
        }) {
            database.sql("ALTER ROLE " + writer + " SET " + setting);
        }
        try (Walwire walwire = recording(Outboxes.temporary(database)).start();
                Connection connection = database.server().connect(database.name(), writer, "secret")) {
            as(connection, "BEGIN READ WRITE", "INSERT INTO public.item VALUES (1)", "COMMIT");
            database.sql("ALTER TABLE item ADD note text");
            as(
                    connection,
                    "BEGIN READ WRITE",
                    "INSERT INTO public.item VALUES (2), (3)",
                    "UPDATE public.item SET note = 'a' WHERE id = 2",
                    "SET TRANSACTION READ ONLY",
                    "COMMIT");
            as(connection, "BEGIN READ WRITE", "TRUNCATE public.item", "COMMIT");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(events.all().stream().map(Trail::line))
                .containsExactly("item+1", "item^", "item+2", "item+3", "item~2", "item!");
    }

    /** Somebody works on the outbox: a writer's lock_timeout is about the tables that it writes to. */
    @Test
    void lockTimeout_ofTheWriter_isNotForTheOutbox() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY)");
        try (Walwire walwire = recording(Outboxes.temporary(database)).start();
                Connection locker = database.connect();
                Connection writer = database.connect()) {
            as(locker, "BEGIN", "LOCK TABLE " + Outboxes.OUTBOX + " IN SHARE ROW EXCLUSIVE MODE");
            as(writer, "SET lock_timeout = 1");
            CompletableFuture<Void> written = CompletableFuture.runAsync(() -> {
                try {
                    as(writer, "INSERT INTO item VALUES (1)");
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            Eventually.until(
                    Items.LONG,
                    () -> written.isDone()
                            || database.queryLong("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '"
                                            + Outboxes.OUTBOX + "'::regclass")
                                    > 0);
            as(locker, "COMMIT");
            written.get(1, TimeUnit.MINUTES);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(events.all()).hasSize(1);
    }

    /** The reader takes rows apart and reads no value, so that none stops it. */
    @Test
    void values_thatAreHostile_stopNobody() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, a json, b text, c numeric, d text[])");
        String[] hostile = {
            "1, repeat('[', 1000)::text || repeat(']', 1000), NULL, NULL, NULL",
            "2, '1e99999999999', E'\\\\u0000 \\x01 \\\\ \"\"\" ),( {\\\\', NULL, NULL",
            "3, '\"\\\\ud800\"', '(,\"', ('1' || repeat('9', 131000))::numeric, NULL",
            "4, ('{\"a\": 1' || repeat('9', 1000000) || '}'), repeat('\"', 100000), 'NaN', ARRAY['\\\\', '\"', NULL, 'NULL', '']",
        };
        try (Walwire walwire = recording(Outboxes.temporary(database)).start()) {
            for (String each : hostile) {
                database.sql("INSERT INTO item SELECT v.id, v.a::json, v.b, v.c::numeric, v.d::text[] FROM (SELECT "
                        + each + ") v (id, a, b, c, d)");
            }
            database.sql("DELETE FROM item");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
        }
        assertThat(events.all()).hasSize(8);
        assertThat(Objects.requireNonNull(Typed.row(events.all().get(3)).afterRow())
                        .text("d"))
                .contains("{\"\\\\\\\\\",\"\\\"\",NULL,\"NULL\",\"\"}");
    }

    /** For a transaction with an older snapshot, only the name distinguishes it from a dropped column. */
    @Test
    void column_namedAsDroppedOnesAre_isReadByOlderSnapshots() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, gone int)");
        try (Walwire walwire = recording(Outboxes.temporary(database)).start();
                Connection old = database.connect()) {
            as(old, "BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT 1 FROM pg_catalog.pg_am");
            database.sql(
                    "ALTER TABLE item DROP COLUMN gone", "ALTER TABLE item ADD \"........pg.dropped.3........\" int");
            as(old, "INSERT INTO item VALUES (1, 5)", "COMMIT");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(events.all()).singleElement().satisfies(event -> assertThat(json(event))
                .isEqualTo("{\"id\":1,\"........pg.dropped.3........\":5}"));
    }

    @Test
    void generatedColumns_storedAreThereAndVirtualAreNot() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED, n int)");
        if (version >= 18) {
            database.sql(
                    "ALTER TABLE item ADD thrice int GENERATED ALWAYS AS (id * 3) VIRTUAL",
                    "ALTER TABLE item ADD last int");
        }
        try (Walwire walwire = recording(Outboxes.temporary(database)).start()) {
            database.sql("INSERT INTO item (id, n) VALUES (1, 5)");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(json(events.all().get(0)))
                .isEqualTo(
                        version >= 18
                                ? "{\"id\":1,\"twice\":2,\"n\":5,\"last\":null}"
                                : "{\"id\":1,\"twice\":2,\"n\":5}");
    }
}
