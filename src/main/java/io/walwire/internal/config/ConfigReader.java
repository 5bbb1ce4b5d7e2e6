package io.walwire.internal.config;

import static java.util.Objects.requireNonNull;

import io.walwire.internal.config.WalwireConfig.Backfill;
import io.walwire.internal.config.WalwireConfig.Binary;
import io.walwire.internal.config.WalwireConfig.Coalesce;
import io.walwire.internal.config.WalwireConfig.End;
import io.walwire.internal.config.WalwireConfig.Failure;
import io.walwire.internal.config.WalwireConfig.Handlers;
import io.walwire.internal.config.WalwireConfig.Letters;
import io.walwire.internal.config.WalwireConfig.Manage;
import io.walwire.internal.config.WalwireConfig.Origin;
import io.walwire.internal.config.WalwireConfig.Protocol;
import io.walwire.internal.config.WalwireConfig.Publication;
import io.walwire.internal.config.WalwireConfig.Slot;
import io.walwire.internal.config.WalwireConfig.Triggers;
import io.walwire.internal.text.Identifiers;
import io.walwire.internal.text.TablePattern;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Values to the one configuration; the only place that knows every default. */
final class ConfigReader {
    private static final Pattern INSTANCE_NAME = Pattern.compile("[A-Za-z0-9._-]{1,40}");
    private static final String JAVA_NAME = "\\p{javaJavaIdentifierStart}\\p{javaJavaIdentifierPart}*";
    private static final Pattern QUALIFIED_NAME = Pattern.compile(JAVA_NAME + "(\\." + JAVA_NAME + ")*");
    private static final String FOREVER = "forever";
    private static final int LONGEST_NAME = 63;
    private static final int MAX_THREADS = 1024;
    private static final int MAX_ASYNC = 1 << 16;
    private static final int DEFAULT_ASYNC_LIMIT = 256;
    private static final Duration SHORTEST_SILENCE = Duration.ofSeconds(15);
    private static final Duration LONGEST_COALESCE = Duration.ofMillis(50);
    private static final long SMALLEST_BUFFER = 64 * ByteSizes.KIB;

    private static final int DEFAULT_RETRIES = 5;
    private static final String RETRIES = "it must be a whole number, 0 for no retry";
    private static final String DEAD_LETTER = "dead-letter";

    private final Values values;
    private final Problems problems;

    ConfigReader(Values values, Problems problems) {
        this.values = values;
        this.problems = problems;
    }

    WalwireConfig read(boolean credentialsSupplied, boolean streams, WalwireConfig.Conflicts conflicts) {
        String name = values.parsed(Key.NAME, ConfigReader::instanceName).orElse("walwire");
        Server server = new ServerReader(values, problems).read(name, credentialsSupplied);
        Triggers triggers = new TriggersReader(values, problems).read();
        Publication publication = publication(triggers != null || !streams);
        List<TablePattern> subscriptions =
                values.parsed(Key.SUBSCRIPTIONS, TablePattern::parseList).orElse(List.of(TablePattern.ALL));
        Slot slot = new SlotReader(values, problems).read();
        Handlers handlers = new Handlers(
                values.parsed(Key.HANDLERS, ConfigReader::classNames).orElse(List.of()),
                values.parsed(Key.HANDLERS_PACKAGE, ConfigReader::packageName).orElse(null));
        Optional<Duration> startWait =
                values.parsed(Key.START_WAIT, ConfigReader::startWait).orElse(Optional.of(Duration.ZERO));
        Duration closeTimeout =
                values.parsed(Key.CLOSE_TIMEOUT, Durations::parse).orElse(Duration.ofSeconds(30));
        boolean oldRecord = values.flag(Key.OLD_RECORD, false);
        boolean messages = values.flag(Key.MESSAGES, true);
        Origin origin = origin();
        Protocol protocol = new ProtocolReader(values, problems).read();
        Binary binary = binary();
        Failure failure = failure();
        int concurrency = values.parsed(Key.CONCURRENCY, ConfigReader::threads).orElse(1);
        int functionThreads = values.parsed(Key.FUNCTION_THREADS, ConfigReader::threads)
                .orElseGet(() -> defaultThreads(Runtime.getRuntime().availableProcessors()));
        int asyncLimit =
                values.parsed(Key.ASYNC_LIMIT, ConfigReader::asyncLimit).orElse(DEFAULT_ASYNC_LIMIT);
        long buffer = values.parsed(Key.BUFFER, ConfigReader::buffer)
                .orElseGet(() -> defaultBuffer(Runtime.getRuntime().maxMemory()));
        boolean visible = values.flag(Key.VISIBLE, false);
        Duration healthSilence =
                values.parsed(Key.HEALTH_SILENCE, ConfigReader::healthSilence).orElse(Duration.ofSeconds(30));
        Coalesce coalesce = values.parsed(Key.COALESCE, ConfigReader::coalesce).orElse(Coalesce.AUTO);
        Path record = values.parsed(Key.RECORD, ConfigReader::file).orElse(null);
        Backfill backfill = new BackfillReader(values, problems).read();
        conflicts.of(slot, concurrency, values.kafka()).forEach(problems::add);
        problems.throwIfAny();
        return new WalwireConfig(
                name,
                requireNonNull(server),
                publication,
                subscriptions,
                slot,
                handlers,
                startWait,
                closeTimeout,
                oldRecord,
                messages,
                origin,
                protocol,
                binary,
                failure,
                concurrency,
                functionThreads,
                asyncLimit,
                buffer,
                visible,
                healthSilence,
                coalesce,
                record,
                backfill,
                triggers);
    }

    static int defaultThreads(int processors) {
        return Math.max(2, Math.min(processors, MAX_THREADS));
    }

    static long defaultBuffer(long heap) {
        return Math.max(SMALLEST_BUFFER, Math.min(64 * ByteSizes.MIB, heap / 8));
    }

    private Publication publication(boolean needless) {
        if (!needless && !values.isNamed(Key.PUBLICATION)) {
            problems.add(Key.PUBLICATION + " is missing; set it to what to read, for example " + Key.PUBLICATION
                    + "=events (walwire.source=triggers needs none)");
        }
        List<String> names =
                values.parsed(Key.PUBLICATION, ConfigReader::publications).orElse(List.of());
        return new Publication(
                names,
                values.choice(
                        Key.PUBLICATION_MANAGE,
                        Manage.NEVER,
                        List.of("false", "true", "exact"),
                        value -> switch (value) {
                            case "true" -> Manage.ADD;
                            case "exact" -> Manage.EXACT;
                            default -> Manage.NEVER;
                        }),
                values.parsed(Key.PUBLICATION_WAIT, Durations::parse).orElse(Duration.ofSeconds(10)));
    }

    private Origin origin() {
        return values.choice(
                Key.ORIGIN,
                Origin.ANY,
                List.of("any", "none"),
                value -> value.equals("none") ? Origin.NONE : Origin.ANY);
    }

    private Binary binary() {
        return values.choice(Key.BINARY, Binary.AUTO, List.of("auto", "true", "false"), value -> switch (value) {
            case "true" -> Binary.ON;
            case "false" -> Binary.OFF;
            default -> Binary.AUTO;
        });
    }

    private Failure failure() {
        End end = values.choice(Key.FAILURE, End.STOP, List.of("stop", "skip", DEAD_LETTER), value -> switch (value) {
            case "skip" -> End.SKIP;
            case DEAD_LETTER -> End.DEAD_LETTER;
            default -> End.STOP;
        });
        if (end == End.DEAD_LETTER && !values.isNamed(Key.DEAD_LETTERS)) {
            problems.add(Key.FAILURE + " is " + DEAD_LETTER + ", but " + Key.DEAD_LETTERS
                    + " is missing; set it to table, or to the path of a file");
        }
        int retries = values.parsed(Key.FAILURE_RETRIES, ConfigReader::retries).orElse(DEFAULT_RETRIES);
        return new Failure(
                values.isNamed(Key.FAILURE),
                end,
                retries,
                values.parsed(Key.DEAD_LETTERS, ConfigReader::letters).orElse(null));
    }

    private static Letters letters(String text) {
        try {
            return new Letters(text.equals("table") ? null : Path.of(text));
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("it is neither table nor the path of a file: " + e.getReason(), e);
        }
    }

    private static Path file(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("it is not the path of a file: " + e.getReason(), e);
        }
    }

    private static int retries(String text) {
        try {
            int retries = Integer.parseInt(text);
            if (retries >= 0) {
                return retries;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(RETRIES, e);
        }
        throw new IllegalArgumentException(RETRIES);
    }

    private static String instanceName(String text) {
        if (!INSTANCE_NAME.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "it must be 1 to 40 letters (a-z, A-Z), digits, dots, underscores or hyphens");
        }
        return text;
    }

    private static List<String> publications(String text) {
        List<String> names = Identifiers.parseList(text);
        for (String name : names) {
            if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
                throw new IllegalArgumentException(
                        Problems.quoted(name) + " is longer than PostgreSQL's " + LONGEST_NAME + " bytes");
            }
        }
        return names;
    }

    private static List<String> classNames(String text) {
        List<String> names =
                List.of(text.split(",", -1)).stream().map(String::strip).toList();
        for (int i = 0; i < names.size(); i++) {
            if (!QUALIFIED_NAME.matcher(names.get(i)).matches()) {
                throw new IllegalArgumentException("element " + (i + 1)
                        + " is not the name of a class; write names like com.acme.UserEvents, separated by commas");
            }
            if (names.indexOf(names.get(i)) < i) {
                throw new IllegalArgumentException(names.get(i) + " is repeated");
            }
        }
        return names;
    }

    private static String packageName(String text) {
        if (!QUALIFIED_NAME.matcher(text).matches()) {
            throw new IllegalArgumentException("it is not the name of a package, such as com.acme.events");
        }
        return text;
    }

    private static Optional<Duration> startWait(String text) {
        if (text.equals(FOREVER)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Durations.parse(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "it is neither " + FOREVER + " nor a duration: " + e.getMessage()
                            + Problems.didYouMean(text, List.of(FOREVER)),
                    e);
        }
    }

    private static Duration healthSilence(String text) {
        Duration silence = Durations.parse(text);
        if (silence.compareTo(SHORTEST_SILENCE) < 0) {
            throw new IllegalArgumentException(
                    "it must be at least 15s: an idle server is asked for a reply every 10 s");
        }
        return silence;
    }

    private static int threads(String text) {
        return number(text, MAX_THREADS);
    }

    private static int asyncLimit(String text) {
        return number(text, MAX_ASYNC);
    }

    static int number(String text, int most) {
        int number = 0;
        try {
            number = Integer.parseInt(text);
        } catch (NumberFormatException ignored) {
            // falls outside of the range, as it should
        }
        if (number < 1 || number > most) {
            throw new IllegalArgumentException("it must be a whole number from 1 to " + most);
        }
        return number;
    }

    private static long buffer(String text) {
        long bytes = ByteSizes.parse(text);
        if (bytes < SMALLEST_BUFFER) {
            throw new IllegalArgumentException("it must be at least 64KiB");
        }
        return bytes;
    }

    private static Coalesce coalesce(String text) {
        if (text.equals("auto")) {
            return Coalesce.AUTO;
        } else if (text.equals("off")) {
            return Coalesce.OFF;
        }
        String fault = "it is neither auto nor off nor a duration up to 50ms";
        try {
            Duration length = Durations.parse(text);
            if (length.compareTo(LONGEST_COALESCE) <= 0) {
                return new Coalesce(false, length);
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    fault + ": " + e.getMessage() + Problems.didYouMean(text, List.of("auto", "off")), e);
        }
        throw new IllegalArgumentException(fault);
    }
}
