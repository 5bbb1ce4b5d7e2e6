package io.walwire.internal.config;

import io.walwire.error.ConfigurationException;
import io.walwire.internal.text.TablePattern;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be configured, validated.
 *
 * @param name names the instance in threads and in {@code application_name}
 * @param subscriptions at least one, none repeated
 * @param startWait how long a start waits for an unreachable server; empty means for ever
 * @param closeTimeout how long closing waits for handlers
 * @param oldRecord whether JSON carries the old row of an update
 * @param messages whether the server is asked for logical messages
 * @param origin which changes, by where they were first made
 * @param protocol what of pgoutput's protocol is used
 * @param binary in which format the server is asked for values
 * @param failure what happens when a handler fails that has no policy of its own
 * @param concurrency for how many keys a handler runs side by side, 1 to 1024
 * @param functionThreads 1 to 1024
 * @param asyncLimit how many stages of asynchronous callbacks may be in flight, 1 to 65536
 * @param buffer bytes of a transaction that may be held at once
 * @param visible whether a transaction waits until other sessions see it
 * @param healthSilence for how long the server may be silent, or away, of a healthy instance
 * @param coalesce what a stream does that is behind
 * @param record where everything that is read is recorded; null if it is not
 * @param backfill how existing rows are read
 * @param triggers how changes are captured where that is done by triggers; null where they come by replication
 */
public record WalwireConfig(
        String name,
        Server server,
        Publication publication,
        List<TablePattern> subscriptions,
        Slot slot,
        Handlers handlers,
        Optional<Duration> startWait,
        Duration closeTimeout,
        boolean oldRecord,
        boolean messages,
        Origin origin,
        Protocol protocol,
        Binary binary,
        Failure failure,
        int concurrency,
        int functionThreads,
        int asyncLimit,
        long buffer,
        boolean visible,
        Duration healthSilence,
        Coalesce coalesce,
        @Nullable Path record,
        Backfill backfill,
        @Nullable Triggers triggers) {

    /** What the keys of the Kafka sink begin with. */
    public static final String KAFKA = Key.PREFIX + "kafka.";

    public WalwireConfig {
        subscriptions = List.copyOf(subscriptions);
    }

    /**
     * How existing rows are read.
     *
     * @param automatic whether every subscribed table is read that was not read before
     * @param first whether these are read before the stream's first change where the slot is new; else beside the stream
     * @param readers how many connections read, 1 to 64
     * @param chunkBytes how many bytes are read at once
     * @param rate how fast
     */
    public record Backfill(boolean automatic, boolean first, int readers, long chunkBytes, Rate rate) {
        /**
         * How fast rows are read.
         *
         * @param most bytes a second; 0 for no bound
         * @param givesWay whether reading rests while other sessions write much
         */
        public record Rate(long most, boolean givesWay) {
            static final Rate AUTO = new Rate(0, true);
            static final Rate UNLIMITED = new Rate(0, false);
        }

        /** Whether the size of a chunk is another than Walwire's own. */
        public boolean isChunkGiven() {
            return chunkBytes != BackfillReader.DEFAULT_CHUNK;
        }
    }

    /**
     * How triggers capture changes.
     *
     * @param manage whether Walwire makes what is missing
     * @param schema where its objects are
     * @param always whether the triggers fire in every {@code session_replication_role}
     * @param notifies whether writers wake the reader
     * @param retention for how long changes wait for a durable cursor that nobody reads
     * @param lockTimeout how long making a trigger waits for the lock of its table
     * @param sessionPooler whether a pooler may answer, because it keeps one session for each connection
     */
    public record Triggers(
            boolean manage,
            String schema,
            boolean always,
            boolean notifies,
            Duration retention,
            Duration lockTimeout,
            boolean sessionPooler) {}

    /**
     * What to read.
     *
     * @param names none repeated; at least one where changes come by replication
     * @param patience the longest wait for transactions that wrote to a table before it was published
     */
    public record Publication(List<String> names, Manage manage, Duration patience) {
        public Publication {
            names = List.copyOf(names);
        }

        /** Whether Walwire creates publications and adds tables. */
        public boolean isManaged() {
            return manage != Manage.NEVER;
        }
    }

    /** What Walwire may do to publications. */
    public enum Manage {
        /** Nothing: they exist. */
        NEVER,
        /** Create a missing one and add missing tables. */
        ADD,
        /** As {@link #ADD}, and remove the tables that Walwire added and nobody subscribes to any more. */
        EXACT
    }

    /**
     * Where the position lives.
     *
     * @param name null where Walwire makes one up, for a temporary slot
     * @param failover whether the server is to bring the slot to its standbys
     * @param retained null where nobody watches how much WAL the slot holds back
     */
    public record Slot(
            @Nullable String name,
            boolean durable,
            Busy busy,
            boolean failover,
            Lost lost,
            @Nullable Retained retained) {}

    /** What to do about a slot that cannot be read any more, or is gone. */
    public enum Lost {
        /** Fail, so that somebody looks at it. */
        STOP,
        /** Recreate it, and report the gap to the handlers. */
        RECREATE
    }

    /**
     * How much WAL the slot may hold back.
     *
     * @param bytes the bound
     * @param action what happens above it
     * @param interval how often it is measured
     */
    public record Retained(long bytes, Excess action, Duration interval) {}

    /** What to do about a slot that holds more WAL back than it may. */
    public enum Excess {
        /** Say so. */
        WARN,
        /** Give the stream up and drop the slot, before the server's disk is full. */
        DROP
    }

    /** What to do about a slot that another process holds. */
    public enum Busy {
        /** Stand by until it is released. */
        WAIT,
        /** Fail at once. */
        FAIL
    }

    /** Which changes the server is asked for. */
    public enum Origin {
        /** All. */
        ANY,
        /** Only those that no replication origin brought to the server. */
        NONE
    }

    /**
     * What of pgoutput's protocol is used.
     *
     * @param version 1 to 4; empty for the newest that the server offers
     * @param streaming what is sent of transactions in progress
     * @param twoPhase whether prepared transactions are sent when they are prepared
     */
    public record Protocol(OptionalInt version, Streaming streaming, boolean twoPhase) {
        /**
         * The version for a server.
         *
         * @param server the server's major version
         * @return 1 to 4
         */
        public int version(int server) {
            return version.orElse(newest(server));
        }

        /**
         * The newest version that a server offers.
         *
         * @param server the server's major version
         * @return 2 to 4
         */
        public static int newest(int server) {
            return server >= 16 ? 4 : server == 15 ? 3 : 2;
        }
    }

    /** What the server sends of a transaction in progress that has outgrown its memory. */
    public enum Streaming {
        /** Nothing before it commits. */
        OFF,
        /** Its changes, in chunks. */
        ON,
        /** As {@link #ON}, with what a parallel apply worker of PostgreSQL's would need beside. */
        PARALLEL
    }

    /** In which format the server is asked for values. */
    public enum Binary {
        /** In binary where all that is published can be read exactly so, else as text; decided for each stream. */
        AUTO,
        /** In binary, until a stream shows that it cannot be read exactly so. */
        ON,
        /** As text. */
        OFF
    }

    /**
     * What happens when a handler fails.
     *
     * @param chosen whether {@code walwire.failure} is set
     * @param end after the retries
     * @param retries how often a failed call is made again
     * @param letters where dead letters are kept; null if that was not said
     */
    public record Failure(
            boolean chosen, End end, int retries, @Nullable Letters letters) {}

    /** What happens when no retry is left. */
    public enum End {
        /** The instance stops. */
        STOP,
        /** The call is left out. */
        SKIP,
        /** The call is kept as a dead letter. */
        DEAD_LETTER
    }

    /**
     * Where dead letters are kept.
     *
     * @param file a file; null for the table in the database that is read
     */
    public record Letters(@Nullable Path file) {}

    /**
     * How long a stream that is behind lets its socket fill before it reads on.
     *
     * @param auto whether the length follows how far the stream is behind, and is nothing over a unix-domain socket
     * @param longest the length, or the bound of it
     */
    public record Coalesce(boolean auto, Duration longest) {
        /** As long as pays, which is found out while streaming. */
        public static final Coalesce AUTO = new Coalesce(true, Duration.ofMillis(10));

        /** Never. */
        public static final Coalesce OFF = new Coalesce(false, Duration.ZERO);
    }

    /**
     * Handlers that are found by name; see {@link HandlerClasses}.
     *
     * @param packageName where classes named after tables are looked for, or null
     */
    public record Handlers(List<String> classes, @Nullable String packageName) {
        public Handlers {
            classes = List.copyOf(classes);
        }
    }

    /**
     * Reads and checks all values.
     *
     * @param values raw values by property, in the order in which problems are reported
     * @param earlierProblems what was found wrong while gathering the values
     * @param environment where <code>${NAME}</code> is looked up
     * @param credentialsSupplied whether the application hands over a supplier of credentials, so that no user is needed
     * @throws ConfigurationException with every problem there is
     */
    public static WalwireConfig of(
            Map<String, String> values,
            List<String> earlierProblems,
            Environment environment,
            boolean credentialsSupplied) {
        return of(values, earlierProblems, environment, credentialsSupplied, (slot, concurrency, kafka) -> List.of());
    }

    /** What of the application's code does not go together with the configuration. */
    @FunctionalInterface
    public interface Conflicts {
        /**
         * One line for each problem.
         *
         * @param slot as it is configured
         * @param concurrency as it is configured
         * @param kafka the {@link #KAFKA} values, by the rest of their keys
         */
        List<String> of(Slot slot, int concurrency, Map<String, String> kafka);
    }

    /**
     * As {@link #of(Map, List, Environment, boolean)}, with the problems of the application's code among the others.
     *
     * @param values the values, by key
     * @param earlierProblems what was found wrong while gathering the values
     * @param environment where <code>${NAME}</code> is looked up
     * @param credentialsSupplied whether the application hands over a supplier of credentials, so that no user is needed
     * @param conflicts asked when everything is read
     * @throws ConfigurationException with every problem there is
     */
    public static WalwireConfig of(
            Map<String, String> values,
            List<String> earlierProblems,
            Environment environment,
            boolean credentialsSupplied,
            Conflicts conflicts) {
        Problems problems = new Problems(earlierProblems);
        return new ConfigReader(new Values(values, environment, problems), problems)
                .read(credentialsSupplied, true, conflicts);
    }

    /** Every property in full: those of {@link Key}, then those that the driver gets. */
    public static List<String> propertyNames() {
        return Stream.concat(
                        Arrays.stream(Key.values()).map(Key::property),
                        DriverProperties.NAMES.stream().map(name -> DriverProperties.PREFIX + name))
                .toList();
    }

    /**
     * As {@link #of(Map, List, Environment, boolean)}, for what streams nothing: no publication is needed.
     *
     * @param values the values, by key
     * @param earlierProblems what was found wrong while gathering the values
     * @param environment where <code>${NAME}</code> is looked up
     * @param credentialsSupplied whether the application hands over a supplier of credentials, so that no user is needed
     * @param conflicts what does not go together with what is outside of the values
     * @throws ConfigurationException with every problem there is
     */
    public static WalwireConfig withoutStream(
            Map<String, String> values,
            List<String> earlierProblems,
            Environment environment,
            boolean credentialsSupplied,
            Conflicts conflicts) {
        Problems problems = new Problems(earlierProblems);
        return new ConfigReader(new Values(values, environment, problems), problems)
                .read(credentialsSupplied, false, conflicts);
    }
}
