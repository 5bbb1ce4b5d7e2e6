package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.doctor.Finding;
import io.walwire.handler.Filter;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** The old values of a partitioned table's rows: the replica identities of the root and of each partition count. */
@ParameterizedClass
@ValueSource(ints = {14, 18})
class PartitionedOldValuesTest {
    private static final String COMPARES = "compares old values";

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<String> updates = new Recorder<>();

    @BeforeEach
    void createPartitions() throws SQLException {
        database.sql(
                "CREATE TABLE root (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE leaf PARTITION OF root FOR VALUES FROM (0) TO (10)",
                "CREATE TABLE middle PARTITION OF root FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id)",
                "CREATE TABLE low PARTITION OF middle FOR VALUES FROM (10) TO (20)",
                "CREATE PUBLICATION events FOR TABLE root WITH (publish_via_partition_root = true)",
                "INSERT INTO root VALUES (1, 'a'), (11, 'a')");
    }

    private WalwireBuilder reader() {
        return Walwire.builder()
                .url(database.url())
                .publication("events")
                .subscriptions("root")
                .handler(on ->
                        on.table("root").filter(Filter.changed("v")).onUpdate(event -> updates.add(event.toJson())));
    }

    private List<Finding> findings() {
        return reader().check().stream()
                .filter(finding -> finding.what().contains(COMPARES))
                .toList();
    }

    private List<String> warnings() {
        try (LogLines log = new LogLines();
                Walwire walwire = reader().start()) {
            walwire.watch("root").columns("v").subscribe(event -> {}).close();
            return log.with("WARN", COMPARES);
        }
    }

    private void assertComparable() throws Exception {
        assertThat(findings()).isEmpty();
        assertThat(warnings()).isEmpty();
        try (Walwire walwire = reader().start()) {
            database.sql("UPDATE root SET v = 'x'", "UPDATE root SET v = v", "UPDATE root SET v = 'b'");
            walwire.awaitCurrent(Items.LONG);
        }
        assertThat(updates.all()).hasSize(4);
    }

    @Test
    void noneIsFull_theAdviceIsAboutAll_andWorks() throws Exception {
        assertThat(warnings()).hasSize(2).allSatisfy(line -> assertThat(line)
                .contains(
                        "\"root\" REPLICA IDENTITY FULL",
                        "\"leaf\" REPLICA IDENTITY FULL",
                        "\"low\" REPLICA IDENTITY FULL",
                        "later ones too")
                .doesNotContain("\"middle\""));
        String sql = Objects.requireNonNull(findings().get(0).sql());
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
        assertComparable();
    }

    @Test
    void rootAloneIsFull_isNotEnough() throws Exception {
        database.sql("ALTER TABLE root REPLICA IDENTITY FULL", "ALTER TABLE leaf REPLICA IDENTITY FULL");
        assertThat(findings())
                .singleElement()
                .satisfies(found -> assertThat(found.sql()).contains("\"low\"").doesNotContain("\"leaf\"", "\"root\""));
        assertThat(warnings()).hasSize(2);
    }

    /** Old values come then, but the stream does not say that they are all of them. */
    @Test
    void partitionsAloneAreFull_isNotEnough() throws Exception {
        database.sql("ALTER TABLE leaf REPLICA IDENTITY FULL", "ALTER TABLE low REPLICA IDENTITY FULL");
        assertThat(findings()).singleElement().satisfies(found -> {
            assertThat(found.sql()).doesNotContain("\"leaf\"", "\"low\"");
            database.sql("ALTER TABLE root REPLICA IDENTITY FULL");
        });
        assertComparable();
    }
}
