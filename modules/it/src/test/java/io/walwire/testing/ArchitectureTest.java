package io.walwire.testing;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.junit.LocationProvider;
import com.tngtech.archunit.lang.ArchRule;
import io.walwire.DeadLetters;
import io.walwire.JdbcCheckpoint;
import io.walwire.Walwire;
import io.walwire.cli.Main;
import io.walwire.internal.triggers.TriggerSourceProvider;
import io.walwire.kafka.KafkaSink;
import io.walwire.micrometer.CurrentTraceparent;
import io.walwire.micrometer.WalwireMetrics;
import io.walwire.micrometer.WalwireSpans;
import io.walwire.testkit.WalwireKit;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Who may see whom. Each rule says what to do when it fails. */
@AnalyzeClasses(locations = ArchitectureTest.Published.class)
class ArchitectureTest {
    /** What the published modules compile to. The class path may hold jars of an older build in their place. */
    static final class Published implements LocationProvider {
        @Override
        public Set<Location> get(Class<?> testClass) {
            return Stream.of(
                            "target/classes",
                            "modules/triggers/target/classes",
                            "modules/test/target/classes",
                            "modules/kafka/target/classes",
                            "modules/spring-boot-starter/target/classes",
                            "modules/spring-boot-test/target/classes",
                            "modules/cli/target/classes",
                            "modules/micrometer/target/classes")
                    .map(folder -> Location.of(Path.of(folder).toAbsolutePath()))
                    .collect(Collectors.toSet());
        }
    }

    private static final String REPLICATION = "io.walwire.internal.replication..";
    private static final String CONNECTION = "io.walwire.internal.connection..";
    private static final String CONFIG = "io.walwire.internal.config..";
    private static final String PGOUTPUT = "io.walwire.internal.pgoutput..";
    private static final String CODEC = "io.walwire.internal.codec..";
    private static final String ENGINE = "io.walwire.internal.engine..";
    private static final String SOURCE = "io.walwire.internal.source..";
    private static final String CLI = "io.walwire.cli..";
    private static final String TESTKIT = "io.walwire.testkit..";
    private static final String MICROMETER = "io.walwire.micrometer..";
    private static final String KAFKA = "io.walwire.kafka..";
    private static final String KAFKA_PROVIDER = "io.walwire.internal.kafka..";

    /** Reads topics as a consumer does. */
    private static final String KAFKA_DEMO = "io.walwire.cli.demo.kafka..";

    private static final String SPRING = "io.walwire.spring..";
    private static final String SPRING_TEST = "io.walwire.spring.test..";
    private static final String FACADE = "io.walwire";
    private static final String LETTER = "io.walwire.internal.letter..";
    private static final String TRIGGERS = "io.walwire.internal.triggers..";
    private static final String BACKFILL = "io.walwire.internal.backfill..";
    private static final String CHECKPOINT = "io.walwire.internal.checkpoint..";
    private static final String RUNNER = "io.walwire.checkpoint..";
    private static final String INTERNAL = "io.walwire.internal..";

    /** A rule about no classes passes. */
    @ArchTest
    static void all_modules_are_read(JavaClasses classes) {
        assertThat(List.of(
                        Walwire.class,
                        TriggerSourceProvider.class,
                        WalwireKit.class,
                        KafkaSink.class,
                        Main.class,
                        WalwireMetrics.class))
                .as("classes of each published module; run mvn -f modules test-compile if a target/classes is missing")
                .allMatch(classes::contain);
        assertThat(classes.contain("io.walwire.spring.OnChange"))
                .as("the starter's classes, which the class path does not have")
                .isTrue();
    }

    @ArchTest
    static final ArchRule packages_free_of_cycles = slices().matching("io.walwire.(**)")
            .should()
            .beFreeOfCycles()
            .allowEmptyShould(true)
            .because(
                    "stages return values and never call the next one, the engine alone knows the order: move the class"
                            + " that closes the circle to the package that owns it, or return a value instead of calling");

    @ArchTest
    static final ArchRule facade_seen_by_command_line_test_kit_and_starter_alone = noClasses()
            .that()
            .resideOutsideOfPackages(FACADE, CLI, TESTKIT, SPRING)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(FACADE)
            .allowEmptyShould(true)
            .because(
                    "the facade sees everything, so whoever sees it closes a circle: pass what you need of it as a value"
                            + " or a functional interface");

    @ArchTest
    static final ArchRule api_blind_to_internals = noClasses()
            .that()
            .resideOutsideOfPackages(INTERNAL, CLI, FACADE, TESTKIT, KAFKA)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(INTERNAL)
            .allowEmptyShould(true)
            .because(
                    "users compile against these packages: declare an interface here and implement it in internal; only"
                            + " the facade io.walwire joins the two");

    @ArchTest
    static final ArchRule replication_api_in_replication = noClasses()
            .that()
            .resideOutsideOfPackage(REPLICATION)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.postgresql.replication..")
            .allowEmptyShould(true)
            .because(
                    "whoever holds the stream can confirm a position, and a position confirmed too early is a lost event:"
                            + " ask internal.replication for it");

    @ArchTest
    static final ArchRule driver_in_few_packages = noClasses()
            .that()
            .resideOutsideOfPackages(REPLICATION, CONNECTION, TRIGGERS, BACKFILL, CONFIG, CLI, TESTKIT)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.postgresql..")
            .allowEmptyShould(true)
            .because(
                    "pgJDBC's classes change between its versions: translate to a type of ours in internal.connection or"
                            + " internal.replication and pass that on");

    @ArchTest
    static final ArchRule jdbc_in_few_packages = noClasses()
            .that()
            .resideOutsideOfPackages(
                    REPLICATION,
                    CONNECTION,
                    TRIGGERS,
                    BACKFILL,
                    LETTER,
                    CHECKPOINT,
                    RUNNER,
                    CLI,
                    ENGINE,
                    SOURCE,
                    TESTKIT,
                    MICROMETER,
                    SPRING)
            .and(DescribedPredicate.not(JavaClass.Predicates.belongToAnyOf(DeadLetters.class, JdbcCheckpoint.class)))
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.sql..", "javax.sql.."))
            .allowEmptyShould(true)
            .because("connections are opened in one place and closed there: put the query into internal.connection and"
                    + " return its result as a value");

    @ArchTest
    static final ArchRule jdbc_in_engine_only_as_failure = noClasses()
            .that()
            .resideInAnyPackage(ENGINE, SOURCE)
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.sql..", "javax.sql..")
                    .and(DescribedPredicate.not(JavaClass.Predicates.assignableTo(SQLException.class))))
            .allowEmptyShould(true)
            .because("the engine reads from a SQLException whether it can heal, and nothing else from JDBC: let"
                    + " internal.connection or internal.replication do the work");

    @ArchTest
    static final ArchRule command_line_libraries_in_command_line = noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("picocli..", "ch.qos.logback..")
            .allowEmptyShould(true)
            .because(
                    "an application that embeds Walwire does not have these libraries: move the code to io.walwire.cli, or"
                            + " log through slf4j");

    @ArchTest
    static final ArchRule embedded_server_in_command_line_and_test_kit = noClasses()
            .that()
            .resideOutsideOfPackages(CLI, TESTKIT)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.zonky..")
            .allowEmptyShould(true)
            .because("an application that embeds Walwire has no PostgreSQL in its class path, and needs none");

    @ArchTest
    static final ArchRule spring_in_starter_alone = noClasses()
            .that()
            .resideOutsideOfPackage(SPRING)
            .should()
            .dependOnClassesThat(resideInAnyPackage("org.springframework..", SPRING))
            .allowEmptyShould(true)
            .because(
                    "an application that embeds Walwire may be without Spring: what the starter needs of the core is public,"
                            + " and knows nothing of it");

    @ArchTest
    static final ArchRule triggers_seen_by_command_line_alone = noClasses()
            .that()
            .resideOutsideOfPackages(TRIGGERS, CLI)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(TRIGGERS)
            .allowEmptyShould(true)
            .because("it is a module that applications may leave out: what the core needs of a source is in"
                    + " internal.source, and a SourceProvider finds the module");

    @ArchTest
    static final ArchRule kafka_sink_seen_by_its_provider_alone = noClasses()
            .that()
            .resideOutsideOfPackages(KAFKA, KAFKA_PROVIDER, KAFKA_DEMO)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(KAFKA, KAFKA_PROVIDER, "org.apache.kafka..")
            .allowEmptyShould(true)
            .because("it is a module that applications may leave out: what the core needs of a sink is in"
                    + " io.walwire.sink, and a SinkProvider finds the module");

    @ArchTest
    static final ArchRule test_kit_seen_by_nobody = noClasses()
            .that()
            .resideOutsideOfPackages(TESTKIT, SPRING_TEST)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(TESTKIT, SPRING_TEST)
            .allowEmptyShould(true)
            .because(
                    "the test kit is for the tests of applications: what both need belongs into a package of internal");

    @ArchTest
    static final ArchRule micrometer_in_its_module = noClasses()
            .that()
            .resideOutsideOfPackage(MICROMETER)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.micrometer..", MICROMETER)
            .allowEmptyShould(true)
            .because(
                    "an application may have another library for metrics: what the core reports is in io.walwire.listener");

    @ArchTest
    static final ArchRule tracing_in_few_classes = noClasses()
            .that(DescribedPredicate.not(
                    JavaClass.Predicates.belongToAnyOf(WalwireSpans.class, CurrentTraceparent.class)))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.micrometer.tracing..")
            .allowEmptyShould(true)
            .because("an application that has metrics need not have traces: its classes must load without the library");

    @ArchTest
    static final ArchRule junit_in_test_kits_alone = noClasses()
            .that()
            .resideOutsideOfPackages(TESTKIT, SPRING_TEST)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.junit..")
            .allowEmptyShould(true)
            .because("an application that embeds Walwire has JUnit in its tests alone");

    @ArchTest
    static final ArchRule pgoutput_pure = classes()
            .that()
            .resideInAPackage(PGOUTPUT)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    PGOUTPUT,
                    "io.walwire.event",
                    "io.walwire.error",
                    "org.jspecify.annotations",
                    "java.lang..",
                    "java.io",
                    "java.math",
                    "java.nio..",
                    "java.time..",
                    "java.util",
                    "java.util.function",
                    "java.util.stream")
            .allowEmptyShould(true)
            .because(
                    "decoding is a function from bytes to messages, tested without a server: take what else it needs as an"
                            + " argument, and leave logging and locking to the caller");

    @ArchTest
    static final ArchRule pgoutput_without_clock = noClasses()
            .that()
            .resideInAPackage(PGOUTPUT)
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.time.Clock")
            .allowEmptyShould(true)
            .because("the same bytes must always give the same message: times come from the server, in the bytes");

    @ArchTest
    static final ArchRule codec_without_jdbc = noClasses()
            .that()
            .resideInAPackage(CODEC)
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.sql..", "javax.sql.."))
            .allowEmptyShould(true)
            .because(
                    "values come as text from the stream and not from a ResultSet, and java.sql's dates lie about zones and"
                            + " years: use java.time");

    @ArchTest
    static final ArchRule standard_streams_in_command_line = noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .should(ACCESS_STANDARD_STREAMS)
            .allowEmptyShould(true)
            .because(
                    "the streams belong to the application: log through slf4j, and pass a Throwable to the logger as the"
                            + " last argument");

    @ArchTest
    static final ArchRule loggers_from_one_place = noClasses()
            .that()
            .resideOutsideOfPackage("io.walwire.internal.log..")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("org.slf4j.LoggerFactory")
            .allowEmptyShould(true)
            .because("a name with a line break forges lines of the log: take the logger from internal.log.Logs");

    @ArchTest
    static final ArchRule names_that_say_something = noClasses()
            .should()
            .haveNameMatching(".*(Manager|Helper|Util|Utils)")
            .allowEmptyShould(true)
            .because(
                    "such a name takes in everything: call the class after the one thing it knows, or put the method where"
                            + " its data is");
}
