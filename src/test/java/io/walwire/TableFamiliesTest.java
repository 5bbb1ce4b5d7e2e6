package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Partitions and inheritance children, whose changes may come under another name than the one that is subscribed. */
@ParameterizedClass
@ValueSource(ints = {14, 15, 18})
class TableFamiliesTest {
    private static final Pattern SQL = Pattern.compile("ALTER PUBLICATION .*;");

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<String> tables = new Recorder<>();

    @BeforeEach
    void createPartitions() throws SQLException {
        database.sql(
                "CREATE TABLE m (id bigint PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE m_1 PARTITION OF m FOR VALUES FROM (0) TO (10)",
                "CREATE TABLE m_2 PARTITION OF m FOR VALUES FROM (10) TO (20)");
    }

    private WalwireBuilder reader(String... subscriptions) {
        return Items.reader(database).subscriptions(subscriptions).handler(on -> on.allTables()
                .onChange(event -> tables.add(event.source().table())));
    }

    private static WalwireException refused(WalwireBuilder reader) {
        return Objects.requireNonNull(catchThrowableOfType(
                WalwireException.class, () -> reader.start().close()));
    }

    private Finding finding(WalwireBuilder reader, String table) {
        return reader.check().stream()
                .filter(finding -> finding.where().equals("table public." + table))
                .findFirst()
                .orElseThrow();
    }

    private void assertStreams(WalwireBuilder reader, String... names) throws Exception {
        try (Walwire walwire = reader.start()) {
            database.sql("INSERT INTO m VALUES (1), (11)");
            assertThat(tables.await(names.length)).containsExactlyInAnyOrder(names);
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    @Test
    void rootIsSubscribed_publicationIsNotByRoot_theAdviceWorks() throws Exception {
        database.sql("CREATE PUBLICATION events FOR TABLE m");
        WalwireException refused = refused(reader("m"));
        assertThat(refused.code()).isEqualTo(ErrorCode.PUBLICATION);
        assertThat(refused).hasMessageContaining("names of its partitions (public.m_1, public.m_2)");
        Finding found = finding(reader("m"), "m");
        Matcher advice = SQL.matcher(String.valueOf(refused.getMessage()));
        assertThat(advice.find()).isTrue();
        assertThat(advice.group()).isEqualTo(found.sql());
        database.sql(Objects.requireNonNull(found.sql()).split("(?<=;) ", -1));
        assertStreams(reader("m"), "m", "m");
    }

    @Test
    void rootIsHandled_partitionsAloneAreMembers_theAdviceWorks() throws Exception {
        database.sql("CREATE PUBLICATION events FOR TABLE m_1");
        WalwireBuilder handled = reader("*").handler(on -> on.table("m").onChange(event -> {}));
        assertThat(refused(handled)).hasMessageContaining("names of its partitions (public.m_1)");
        database.sql(Objects.requireNonNull(finding(handled, "m").sql()).split("(?<=;) ", -1));
        assertStreams(reader("m"), "m", "m");
    }

    @Test
    void partitionsAreSubscribed_comeUnderTheirNames() throws Exception {
        database.sql("CREATE PUBLICATION events FOR TABLE m");
        assertStreams(reader("m_1", "m_2"), "m_1", "m_2");
    }

    @Test
    void partitionIsSubscribed_publicationIsByRoot_theRootIsNamed() throws Exception {
        database.sql("CREATE PUBLICATION events FOR TABLE m WITH (publish_via_partition_root = true)");
        assertThat(refused(reader("m_1"))).hasMessageContaining("Subscribe to public.m and handle it");
        assertThat(finding(reader("m_1"), "m_1").sql()).isNull();
    }

    @Test
    void managed_existingPublicationNotByRoot_isNotAltered_theAdviceIsTheSame() throws Exception {
        database.sql("CREATE PUBLICATION events FOR TABLE m");
        WalwireBuilder managed = reader("m").set("walwire.publication.manage", "true");
        assertThat(refused(managed)).hasMessageContaining("SET (publish_via_partition_root = true);");
        assertThat(database.queryLong("SELECT count(*) FROM pg_publication WHERE pubviaroot"))
                .isZero();
    }

    @Test
    void rootIsInNoPublication_publicationIsNotByRoot_startAndDoctorAdviseTheSame_managedOrNot() throws Exception {
        database.sql("CREATE PUBLICATION events");
        for (String manage : new String[] {"false", "true"}) {
            WalwireBuilder reader = reader("m").set("walwire.publication.manage", manage);
            assertThat(refused(reader))
                    .hasMessageContaining("names of its partitions (public.m_1, public.m_2)")
                    .hasMessageNotContaining("publication.manage");
            Finding found = finding(reader, "m");
            assertThat(found.severity()).isEqualTo(Severity.ERROR);
            assertThat(refused(reader)).hasMessageContaining(Objects.requireNonNull(found.sql()));
        }
        database.sql(Objects.requireNonNull(finding(reader("m"), "m").sql()).split("(?<=;) ", -1));
        assertStreams(reader("m"), "m", "m");
    }

    @Test
    void managed_missingPublication_isCreatedByRoot() throws Exception {
        assertStreams(reader("m").set("walwire.publication.manage", "true"), "m", "m");
    }

    @Test
    void missingPublication_theDoctorsSqlIsByRoot() throws Exception {
        String create = Items.reader(database).subscriptions("m").check().stream()
                .filter(finding -> finding.where().contains("publication"))
                .map(finding -> Objects.requireNonNull(finding.sql()))
                .findFirst()
                .orElseThrow();
        database.sql(create);
        assertStreams(reader("m"), "m", "m");
    }

    @Test
    void inheritanceChildren_unheard_areNamedAtStartAndByTheDoctor() throws Exception {
        database.sql(
                "CREATE TABLE p (id bigint PRIMARY KEY)",
                "CREATE PUBLICATION events FOR TABLE p",
                "CREATE TABLE child (PRIMARY KEY (id)) INHERITS (p)");
        Finding found = finding(reader("p"), "p");
        assertThat(found.severity()).isEqualTo(Severity.NOTE);
        assertThat(found.what()).contains("public.child, which inherit from it");
        assertThat(warned("p")).contains("public.child, which inherit from it");
        database.sql(Objects.requireNonNull(found.sql()));
        assertThat(warned("p", "child")).isEmpty();
        assertThat(reader("p", "child").check())
                .noneMatch(finding -> finding.what().contains("inherit"));
    }

    private String warned(String... subscriptions) throws Exception {
        Logger hazards = (Logger) LoggerFactory.getLogger("io.walwire.internal.connection.publication.Hazards");
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        hazards.addAppender(log);
        try (Walwire walwire = reader(subscriptions).start()) {
            assertThat(walwire.status().lastError()).isNull();
        } finally {
            hazards.detachAppender(log);
        }
        return String.join(
                "\n", log.list.stream().map(ILoggingEvent::getFormattedMessage).toList());
    }
}
