package io.walwire.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.walwire.error.ConfigurationException;
import io.walwire.error.ErrorCode;
import io.walwire.internal.config.WalwireConfig.Busy;
import io.walwire.internal.config.WalwireConfig.Coalesce;
import io.walwire.internal.config.WalwireConfig.Handlers;
import io.walwire.internal.config.WalwireConfig.Lost;
import io.walwire.internal.config.WalwireConfig.Manage;
import io.walwire.internal.config.WalwireConfig.Origin;
import io.walwire.internal.config.WalwireConfig.Protocol;
import io.walwire.internal.config.WalwireConfig.Retained;
import io.walwire.internal.config.WalwireConfig.Slot;
import io.walwire.internal.config.WalwireConfig.Streaming;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WalwireConfigTest {
    @Test
    void of_defaults() {
        WalwireConfig config = Given.minimum().read();
        assertThat(config.name()).isEqualTo("walwire");
        assertThat(config.publication().names()).containsExactly("events");
        assertThat(config.subscriptions()).containsExactly(TablePattern.ALL);
        assertThat(config.slot()).isEqualTo(new Slot(null, false, Busy.WAIT, false, Lost.STOP, null));
        assertThat(config.handlers()).isEqualTo(new Handlers(List.of(), null));
        assertThat(config.startWait()).contains(Duration.ZERO);
        assertThat(config.closeTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.oldRecord()).isFalse();
        assertThat(config.origin()).isEqualTo(Origin.ANY);
        assertThat(config.visible()).isFalse();
        assertThat(config.healthSilence()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.protocol()).isEqualTo(new Protocol(OptionalInt.empty(), Streaming.OFF, false));
        assertThat(config.functionThreads())
                .isEqualTo(ConfigReader.defaultThreads(Runtime.getRuntime().availableProcessors()));
        assertThat(config.asyncLimit()).isEqualTo(256);
        assertThat(config.buffer())
                .isEqualTo(ConfigReader.defaultBuffer(Runtime.getRuntime().maxMemory()));
        assertThat(config.server().driver())
                .containsOnly(Map.entry("connectTimeout", "10"), Map.entry("ApplicationName", "walwire"));
    }

    @Test
    void defaults_dependOnTheMachine() {
        assertThat(ConfigReader.defaultThreads(1)).isEqualTo(2);
        assertThat(ConfigReader.defaultThreads(16)).isEqualTo(16);
        assertThat(ConfigReader.defaultThreads(4096)).isEqualTo(1024);
        assertThat(ConfigReader.defaultBuffer(256L << 20)).isEqualTo(32L << 20);
        assertThat(ConfigReader.defaultBuffer(8L << 30)).isEqualTo(64L << 20);
    }

    @Test
    void of_everyKeyBesideTheServer() {
        WalwireConfig config = Given.minimum()
                .with("name", "shop-1")
                .with("publication", "events, \"Other one\"")
                .with("publication.manage", "exact")
                .with("subscriptions", "user, billing.*")
                .with("slot.name", "shop_app")
                .with("slot.busy", "fail")
                .with("start.wait", "2m")
                .with("close.timeout", "PT5S")
                .with("handlers", "com.acme.UserEvents, com.acme.Outer$Inner")
                .with("handlers.package", "com.acme.events")
                .with("old-record", "true")
                .with("origin", "none")
                .with("function.threads", "1024")
                .with("async.limit", "65536")
                .with("buffer", "64KiB")
                .with("visible", "true")
                .with("health.silence", "15s")
                .with("coalesce", "5ms")
                .read();
        assertThat(config.name()).isEqualTo("shop-1");
        assertThat(config.server().driver()).containsEntry("ApplicationName", "shop-1");
        assertThat(config.publication().names()).containsExactly("events", "Other one");
        assertThat(config.publication().manage()).isEqualTo(Manage.EXACT);
        assertThat(config.subscriptions())
                .containsExactly(TablePattern.of(new TableName("public", "user")), new TablePattern("billing", null));
        assertThat(config.slot()).isEqualTo(new Slot("shop_app", true, Busy.FAIL, false, Lost.STOP, null));
        assertThat(config.startWait()).contains(Duration.ofMinutes(2));
        assertThat(config.closeTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(config.handlers())
                .isEqualTo(new Handlers(List.of("com.acme.UserEvents", "com.acme.Outer$Inner"), "com.acme.events"));
        assertThat(config.oldRecord()).isTrue();
        assertThat(config.origin()).isEqualTo(Origin.NONE);
        assertThat(config.functionThreads()).isEqualTo(1024);
        assertThat(config.asyncLimit()).isEqualTo(65_536);
        assertThat(config.buffer()).isEqualTo(65536);
        assertThat(config.visible()).isTrue();
        assertThat(config.healthSilence()).isEqualTo(Duration.ofSeconds(15));
        assertThat(config.coalesce()).isEqualTo(new Coalesce(false, Duration.ofMillis(5)));
        assertThat(Given.minimum().with("coalesce", "off").read().coalesce()).isEqualTo(Coalesce.OFF);
        assertThat(Given.minimum().with("coalesce", "0").read().coalesce()).isEqualTo(Coalesce.OFF);
        assertThat(Given.minimum().with("coalesce", "auto").read().coalesce()).isEqualTo(Coalesce.AUTO);
        assertThat(Given.minimum().read().coalesce()).isEqualTo(Coalesce.AUTO);
    }

    @Test
    void of_otherChoices() {
        WalwireConfig config = Given.minimum()
                .with("publication.manage", "true")
                .with("slot.name", "s")
                .with("slot.durable", "false")
                .with("start.wait", "forever")
                .read();
        assertThat(config.publication().manage()).isEqualTo(Manage.ADD);
        assertThat(config.slot()).isEqualTo(new Slot("s", false, Busy.WAIT, false, Lost.STOP, null));
        assertThat(config.startWait()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "name | my app | it must be 1 to 40 letters",
                "name | 12345678901234567890123456789012345678901 | it must be 1 to 40 letters",
                "publication | a,,b | an element is empty at position 3",
                "publication | a, a | a is repeated at position 4",
                "publication.manage | yes | it must be false, true or exact.",
                "publication.manage | exakt | Did you mean exact?",
                "origin | local | it must be any or none.",
                "subscriptions | user, public.user | public.user is repeated at position 7",
                "subscriptions | \"user | the quote at position 1 is never closed",
                "slot.name | Shop | the character \"S\" at position 1 is not allowed, only a-z, 0-9 and _ are. Did you mean shop?",
                "slot.name | shop-app | the character \"-\" at position 5",
                "slot.durable | ture | it must be true or false. Did you mean true?",
                "slot.busy | wiat | it must be wait or fail. Did you mean wait?",
                "slot.failover | on | it must be true or false.",
                "slot.lost | recrate | Did you mean recreate?",
                "slot.max-retained | 10GB | Did you mean 10GiB?",
                "slot.max-retained | 1000000 | it must be at least 1MiB",
                "start.wait | forver | it is neither forever nor a duration: a duration is written like 200ms",
                "start.wait | forver | Did you mean forever?",
                "close.timeout | 30 | it has no unit",
                "handlers | com.acme.A,,com.acme.B | element 2 is not the name of a class",
                "handlers | com.acme.A, com.acme.A | com.acme.A is repeated",
                "handlers | com/acme/A | element 1 is not the name of a class",
                "handlers.package | com.acme. | it is not the name of a package",
                "old-record | TRUE | it must be true or false. Did you mean true?",
                "connect.timeout | 1500ms | it must be whole seconds, from 1s to 1h",
                "connect.timeout | 0 | it must be whole seconds, from 1s to 1h",
                "connect.timeout | 2h | it must be whole seconds, from 1s to 1h",
                "health.silence | 14s | it must be at least 15s",
                "visible | yes | it must be true or false",
                "async.limit | 0 | it must be a whole number from 1 to 65536",
                "async.limit | 65537 | it must be a whole number from 1 to 65536",
                "function.threads | 0 | it must be a whole number from 1 to 1024",
                "function.threads | 1025 | it must be a whole number from 1 to 1024",
                "function.threads | four | it must be a whole number from 1 to 1024",
                "coalesce | 51ms | it is neither auto nor off nor a duration up to 50ms",
                "coalesce | 5 | nor a duration up to 50ms: it has no unit",
                "coalesce | Auto | Did you mean auto?",
                "buffer | 65535 | it must be at least 64KiB",
                "buffer | 64MB | MB is not one of the units KiB, MiB and GiB",
                "ssl.mode | verify_full | Did you mean verify-full?",
                "port | 0 | a port is a whole number from 1 to 65535",
                "port | 65536 | a port is a whole number from 1 to 65535"
            })
    void of_wrongValue(String name, String value, String fault) {
        assertThat(Given.minimum().with(name, value).problems()).singleElement().satisfies(problem -> assertThat(
                        problem)
                .startsWith("walwire." + name + " is \"" + value + "\": ")
                .contains(fault));
    }

    @Test
    void of_slotNameTooLong() {
        assertThat(Given.minimum()
                        .with("slot.name", "a".repeat(63))
                        .read()
                        .slot()
                        .name())
                .hasSize(63);
        assertThat(Given.minimum().with("slot.name", "a".repeat(64)).problems())
                .singleElement()
                .asString()
                .contains("it has 64 characters; at most 63 are allowed");
    }

    @Test
    void of_publicationTooLong() {
        assertThat(Given.minimum().with("publication", "ä".repeat(32)).problems())
                .singleElement()
                .asString()
                .contains("longer than PostgreSQL's 63 bytes");
    }

    @Test
    void of_durableWithoutName() {
        assertThat(Given.minimum().with("slot.durable", "true").problems())
                .singleElement()
                .asString()
                .startsWith("walwire.slot.durable is true, but walwire.slot.name is missing");
    }

    @Test
    void of_slotSettings() {
        assertThat(Given.minimum()
                        .with("slot.name", "s")
                        .with("slot.failover", "true")
                        .with("slot.lost", "recreate")
                        .with("slot.max-retained", "10GiB")
                        .with("slot.max-retained.action", "drop")
                        .with("slot.max-retained.interval", "5s")
                        .read()
                        .slot())
                .isEqualTo(new Slot(
                        "s",
                        true,
                        Busy.WAIT,
                        true,
                        Lost.RECREATE,
                        new Retained(10L << 30, WalwireConfig.Excess.DROP, Duration.ofSeconds(5))));
        assertThat(Given.minimum()
                        .with("slot.max-retained", "1MiB")
                        .read()
                        .slot()
                        .retained())
                .isEqualTo(new Retained(1 << 20, WalwireConfig.Excess.WARN, Duration.ofSeconds(30)));
    }

    @Test
    void of_failoverOfATemporarySlot() {
        assertThat(Given.minimum().with("slot.failover", "true").problems())
                .singleElement()
                .asString()
                .startsWith("walwire.slot.failover is true, but the slot is temporary");
        assertThat(Given.minimum()
                        .with("slot.name", "s")
                        .with("slot.durable", "false")
                        .with("slot.failover", "true")
                        .problems())
                .hasSize(1);
    }

    @Test
    void of_retentionSettingsWithoutBound() {
        assertThat(Given.minimum()
                        .with("slot.max-retained.action", "drop")
                        .with("slot.max-retained.interval", "1s")
                        .problems())
                .containsExactly(
                        "walwire.slot.max-retained.action has no effect without walwire.slot.max-retained; set that too",
                        "walwire.slot.max-retained.interval has no effect without walwire.slot.max-retained; set that"
                                + " too");
    }

    @ParameterizedTest
    @EnumSource(Key.class)
    void of_blankValue(Key key) {
        assertThat(Given.minimum().withProperty(key.property(), " \t").problems())
                .contains(key + " is blank; give it a value or leave it out");
    }

    @ParameterizedTest
    @EnumSource(
            value = Key.class,
            names = {"URL", "HOST", "DATABASE", "USER", "SSL_ROOT_CERTIFICATE", "SSL_CERTIFICATE", "SSL_KEY"})
    void of_whiteSpaceThatNobodySees(Key key) {
        assertThat(Given.minimum().withProperty(key.property(), "x ").problems())
                .contains(key + " begins or ends with white space; remove it");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "walwire.publicaton | Unknown property walwire.publicaton. Did you mean walwire.publication?",
                "walwire.slot | Unknown property walwire.slot.",
                "walwire.Slot.name | Unknown property walwire.Slot.name. Did you mean walwire.slot.name?",
                "publication | Unknown property publication. Did you mean walwire.publication? Every property begins with walwire.",
                "pgjdbc.sslmode | Unknown property pgjdbc.sslmode. Did you mean walwire.pgjdbc.sslmode? Every property begins with walwire.",
                "spring.datasource | Unknown property spring.datasource. Every property begins with walwire.",
                "walwire.pgjdbc.sslMode | Unknown property walwire.pgjdbc.sslMode: pgJDBC has no such property. Did you mean walwire.pgjdbc.sslmode?",
                "walwire.pgjdbc.nothing-like-it | Unknown property walwire.pgjdbc.nothing-like-it: pgJDBC has no such property."
            })
    void of_unknownProperty(String property, String problem) {
        assertThat(Given.minimum().withProperty(property, "x").problems()).containsExactly(problem);
    }

    @Test
    void of_propertyWithoutName() {
        assertThat(Given.minimum().withProperty("", "x").problems())
                .singleElement()
                .asString()
                .startsWith("A property without a name is given");
    }

    @Test
    void of_nothingGiven() {
        assertThat(Given.nothing().problems())
                .containsExactly(
                        "walwire.url is missing; set it to postgresql://user@host:5432/database, or set walwire.host"
                                + " and walwire.database",
                        "walwire.user is missing; set it to the role that connects, or pass a supplier of credentials",
                        "walwire.publication is missing; set it to what to read, for example walwire.publication=events"
                                + " (walwire.source=triggers needs none)");
    }

    @Test
    void of_everyProblemAtOnceAndEarlierOnesFirst() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> WalwireConfig.of(
                        Map.of("walwire.url", "http://x", "walwire.slot.busy", "no", "walwire.buffer", "${SIZE}"),
                        List.of("the file is missing"),
                        name -> null,
                        false))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION);
                    assertThat(e.problems()).hasSize(5).startsWith("the file is missing");
                    assertThat(e.problems())
                            .anyMatch(p -> p.startsWith("walwire.url is \"http://x\""))
                            .anyMatch(p -> p.startsWith("walwire.slot.busy"))
                            .anyMatch(p -> p.startsWith("walwire.buffer: the environment variable SIZE is not set"))
                            .anyMatch(p -> p.startsWith("walwire.publication is missing"));
                });
    }

    @Test
    void of_earlierProblemsAlone() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> WalwireConfig.of(
                        Map.of("walwire.url", "postgres://u@h/d", "walwire.publication", "p"),
                        List.of("earlier"),
                        name -> null,
                        false))
                .withMessage("earlier");
    }

    @Test
    void problem_staysOnOneLine() {
        assertThat(Given.minimum()
                        .with("slot.busy", "a\nb\u2028")
                        .with("x\ny", "z")
                        .problems())
                .containsExactlyInAnyOrder(
                        "walwire.slot.busy is \"a\\nb\\u2028\": it must be wait or fail.",
                        "Unknown property walwire.x\\ny.");
    }

    @Test
    void protocol_isRead() {
        assertThat(Given.minimum()
                        .with("protocol", "4")
                        .with("streaming", "parallel")
                        .with("two-phase", "true")
                        .read()
                        .protocol())
                .isEqualTo(new Protocol(OptionalInt.of(4), Streaming.PARALLEL, true));
        assertThat(Given.minimum()
                        .with("protocol", "auto")
                        .with("streaming", "on")
                        .read()
                        .protocol())
                .isEqualTo(new Protocol(OptionalInt.empty(), Streaming.ON, false));
    }

    @ParameterizedTest
    @CsvSource({"14, 2", "15, 3", "16, 4", "17, 4", "18, 4"})
    void protocol_newestThatTheServerOffers(int server, int version) {
        assertThat(new Protocol(OptionalInt.empty(), Streaming.OFF, false).version(server))
                .isEqualTo(version);
        assertThat(new Protocol(OptionalInt.of(1), Streaming.OFF, false).version(server))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "1, streaming, on, 'walwire.streaming=on needs 2 or higher'",
        "1, streaming, parallel, 'walwire.streaming=parallel needs 4'",
        "3, streaming, parallel, 'walwire.streaming=parallel needs 4'",
        "2, two-phase, true, 'walwire.two-phase=true needs 3 or higher'"
    })
    void protocol_tooOldForWhatIsAsked(String version, String key, String value, String complaint) {
        assertThat(Given.minimum().with("protocol", version).with(key, value).problems())
                .containsExactly("walwire.protocol is " + version + ", but " + complaint
                        + "; leave walwire.protocol out for the newest that the server offers");
    }

    @Test
    void protocol_unknownValues() {
        assertThat(Given.minimum()
                        .with("protocol", "5")
                        .with("streaming", "true")
                        .with("two-phase", "on")
                        .problems())
                .hasSize(3)
                .anyMatch(p -> p.startsWith("walwire.protocol is \"5\": it must be auto, 1, 2, 3 or 4."))
                .anyMatch(p -> p.startsWith("walwire.streaming is \"true\": it must be off, on or parallel."))
                .anyMatch(p -> p.startsWith("walwire.two-phase is \"on\": it must be true or false."));
    }
}
