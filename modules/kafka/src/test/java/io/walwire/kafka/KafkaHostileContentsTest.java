package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.kafka.CommittedRecords.Seen;
import io.walwire.testing.HostileContents;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Names, keys, prefixes and contexts of roles that want to harm: each is a record as any other, and the instance goes on. */
class KafkaHostileContentsTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final CommittedRecords committed = new CommittedRecords(Broker.shared());

    @BeforeEach
    void tables() throws SQLException {
        KafkaInstances.prepare(database);
    }

    /** What a session writes. */
    private interface Writing {
        void to(Connection connection) throws SQLException;
    }

    private void stream(KafkaSink.Builder sink, Writing writing) throws Exception {
        try (Walwire walwire =
                        KafkaInstances.durable(database).sink(sink.build()).start();
                Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            writing.to(connection);
            connection.commit();
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    @Test
    void tables_haveTopicsOfTheirOwn() throws Exception {
        List<String> names = new ArrayList<>(HostileContents.names());
        names.add("two words");
        names.add("two_words");
        stream(KafkaInstances.sink(database), connection -> {
            for (String name : names) {
                try (PreparedStatement create = connection.prepareStatement(
                                "CREATE TABLE " + escaped(quoted(name)) + " (id int PRIMARY KEY)");
                        PreparedStatement insert =
                                connection.prepareStatement("INSERT INTO " + escaped(quoted(name)) + " VALUES (1)")) {
                    create.execute();
                    insert.execute();
                }
            }
        });
        Map<String, String> tables = new TreeMap<>();
        for (String name : names) {
            String topic = TopicNames.writable(
                    KafkaInstances.topic(database, name), Set.of(KafkaInstances.positions(database)));
            assertThat(committed.of(topic)).as(name).singleElement().satisfies(record -> {
                assertThat(record.json().at("/source/table").asText()).isEqualTo(name);
                tables.put(record.headers().get("walwire-table"), name);
            });
        }
        assertThat(tables)
                .hasSize(names.size())
                .containsEntry("public.two_words", "two_words")
                .containsEntry("public.\"a.b\"", "a.b");
    }

    /** Makes two tables whose topics differ in dots alone, and a sink that does not try for long to create them. */
    private KafkaSink.Builder twins(String columnsOfSecond, KafkaSink.Delivery delivery) throws SQLException {
        database.sql(
                "CREATE SCHEMA app",
                "CREATE SCHEMA app_user",
                "CREATE TABLE app.user_role (id int PRIMARY KEY)",
                "CREATE TABLE app_user.role (" + columnsOfSecond + ")");
        return KafkaInstances.sink(database).delivery(delivery).producer("max.block.ms", "5000");
    }

    /** Kafka creates no topic beside one whose name differs only in dots and underscores. Usual names may do so, too. */
    @ParameterizedTest
    @EnumSource
    void tables_whoseTopicsDifferInDots(KafkaSink.Delivery delivery) throws Exception {
        KafkaSink.Builder sink = twins("id int", delivery);
        stream(sink, connection -> insert(connection, "app.user_role"));
        stream(sink, connection -> insert(connection, "app_user.role"));
        stream(sink, connection -> insert(connection, "app_user.role"));
        assertThat(committed.of(database.name() + ".app.user_role")).hasSize(1);
        assertThat(committed.of(TopicNames.escaped(database.name() + ".app_user.role")))
                .hasSize(2)
                .allSatisfy(record -> assertThat(record.headers()).containsEntry("walwire-table", "app_user.role"));
    }

    /** What a callback says of one topic is not taken for the topic that is asked about next. */
    @ParameterizedTest
    @EnumSource
    void tableWithAKey_whoseTopicIsRefused_beforeOneWithout(KafkaSink.Delivery delivery) throws Exception {
        KafkaSink.Builder sink = twins("id int PRIMARY KEY", delivery);
        database.sql("CREATE TABLE plain (id int)");
        stream(sink, connection -> insert(connection, "app.user_role"));
        stream(sink, connection -> insert(connection, "plain"));
        stream(sink, connection -> {
            insert(connection, "app_user.role");
            insert(connection, "plain");
        });
        assertThat(committed.of(TopicNames.escaped(database.name() + ".app_user.role")))
                .hasSize(1);
        assertThat(committed.of(database.name() + ".public.plain")).hasSize(2);
    }

    private static void insert(Connection connection, String table) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + table + " VALUES (1)")) {
            insert.execute();
        }
    }

    /** The driver takes a question mark for a parameter. */
    private static String escaped(String sql) {
        return sql.replace("?", "??");
    }

    @Test
    void tablesOfOneTopic_areDistinguishedByTheHeader() throws Exception {
        database.sql(
                "CREATE SCHEMA \"a.b\"",
                "CREATE SCHEMA a",
                "CREATE TABLE \"a.b\".c (id int PRIMARY KEY)",
                "CREATE TABLE a.\"b.c\" (id int PRIMARY KEY)");
        stream(KafkaInstances.sink(database), connection -> {
            insert(connection, "\"a.b\".c");
            insert(connection, "a.\"b.c\"");
        });
        assertThat(committed.of(database.name() + ".a.b.c").stream()
                        .map(record -> record.headers().get("walwire-table")))
                .containsExactlyInAnyOrder("\"a.b\".c", "a.\"b.c\"");
    }

    /** Readers of the transactions would take its records for some. */
    @Test
    void tableWithTheNameOfTheTopicOfTransactions_goesToAnotherTopic() throws Exception {
        String transactions = KafkaInstances.topic(database, "item");
        stream(KafkaInstances.sink(database).transactions(transactions), connection -> insert(connection, "item"));
        assertThat(committed.of(transactions))
                .singleElement()
                .satisfies(marker -> assertThat(marker.json().has("commit_lsn")).isTrue());
        assertThat(committed.of(TopicNames.escaped(transactions))).hasSize(1);
    }

    @Test
    void keys_areTheColumnsText() throws Exception {
        List<String> texts = HostileContents.texts().stream().distinct().toList();
        database.sql("CREATE TABLE named (name text PRIMARY KEY)");
        stream(KafkaInstances.sink(database), connection -> {
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO named VALUES (?)")) {
                for (String text : texts) {
                    insert.setString(1, text);
                    insert.execute();
                }
            }
        });
        assertThat(committed.of(KafkaInstances.topic(database, "named")))
                .hasSameSizeAs(texts)
                .allSatisfy(record -> assertThat(ExactJson.read(String.valueOf(record.key())))
                        .isEqualTo(record.json().get("key")))
                .extracting(record -> record.json().at("/new_record/name").asText())
                .containsExactlyInAnyOrderElementsOf(texts);
    }

    @Test
    void prefixesOfMessages_areKeys() throws Exception {
        List<String> prefixes = HostileContents.prefixes();
        stream(KafkaInstances.sink(database), connection -> emit(connection, prefixes, "1"));
        assertThat(committed.of(database.name() + ".messages").stream()
                        .map(record ->
                                ExactJson.read(String.valueOf(record.key())).asText()))
                .containsExactlyInAnyOrderElementsOf(prefixes);
    }

    private static void emit(Connection connection, List<String> prefixes, String content) throws SQLException {
        try (PreparedStatement emit =
                connection.prepareStatement("SELECT pg_catalog.pg_logical_emit_message(true, ?, ?)")) {
            for (String prefix : prefixes) {
                emit.setString(1, prefix);
                emit.setString(2, content);
                emit.execute();
            }
        }
    }

    /** One that is no context, such as one with half a surrogate pair in a name, leaves the transaction without a trace. */
    @Test
    void contexts_takeNoEventAway() throws Exception {
        List<String> contents = new ArrayList<>(HostileContents.jsonTexts());
        contents.add(HostileContents.collidingNames(9));
        contents.addAll(HostileContents.brokenJsonTexts().stream()
                .filter(text -> text.indexOf('\0') < 0)
                .toList());
        stream(KafkaInstances.sink(database), connection -> {
            for (int i = 0; i < contents.size(); i++) {
                String context = "{\"by\":" + contents.get(i) + ",\"traceparent\":\"" + TRACE + "\"}";
                emit(connection, List.of("walwire.context"), context);
                try (PreparedStatement insert = connection.prepareStatement("INSERT INTO item VALUES (?)")) {
                    insert.setInt(1, i);
                    insert.execute();
                }
                connection.commit();
            }
        });
        List<Seen> records = committed.of(KafkaInstances.topic(database, "item"));
        assertThat(records).hasSameSizeAs(contents);
        assertThat(records.stream().map(record -> record.headers().getOrDefault("traceparent", "")))
                .containsOnly(TRACE, "");
        assertThat(records.stream().filter(record -> record.headers().containsKey("traceparent")))
                .hasSizeGreaterThan(HostileContents.jsonTexts().size() / 2);
    }
}
