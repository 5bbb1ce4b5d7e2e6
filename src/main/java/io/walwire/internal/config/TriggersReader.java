package io.walwire.internal.config;

import io.walwire.internal.config.WalwireConfig.Triggers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which source changes come from, and what is configured of triggers. */
final class TriggersReader {
    private static final Duration DEFAULT_RETENTION = Duration.ofDays(3);
    private static final Duration SHORTEST_RETENTION = Duration.ofMinutes(1);
    private static final Duration DEFAULT_LOCK_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration SHORTEST_LOCK_TIMEOUT = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(20);
    private static final int LONGEST_NAME = 63;

    /**
     * What means nothing to triggers, and whose being set may make somebody believe that it does. The publication is not among
     * them, so that one configuration serves both sources; a note says that it is not read.
     */
    private static final List<Key> OF_REPLICATION = List.of(
            Key.PUBLICATION_MANAGE,
            Key.SLOT_FAILOVER,
            Key.SLOT_LOST,
            Key.SLOT_MAX_RETAINED,
            Key.SLOT_MAX_RETAINED_ACTION,
            Key.SLOT_MAX_RETAINED_INTERVAL,
            Key.MESSAGES,
            Key.ORIGIN,
            Key.PROTOCOL,
            Key.STREAMING,
            Key.TWO_PHASE,
            Key.BINARY,
            Key.COALESCE,
            Key.RECORD,
            Key.BACKFILL_ORDER);

    private static final List<Key> OF_TRIGGERS = List.of(
            Key.TRIGGERS_MANAGE,
            Key.TRIGGERS_SCHEMA,
            Key.TRIGGERS_ALWAYS,
            Key.TRIGGERS_NOTIFY,
            Key.TRIGGERS_RETENTION,
            Key.TRIGGERS_LOCK_TIMEOUT,
            Key.TRIGGERS_SESSION_POOLER);

    private final Values values;
    private final Problems problems;

    TriggersReader(Values values, Problems problems) {
        this.values = values;
        this.problems = problems;
    }

    /** Null where changes come by replication. */
    @Nullable
    Triggers read() {
        boolean ofTriggers =
                values.choice(Key.SOURCE, false, List.of("replication", "triggers"), value -> value.equals("triggers"));
        for (Key key : ofTriggers ? OF_REPLICATION : OF_TRIGGERS) {
            if (values.isNamed(key)) {
                problems.add(key + " has no effect with " + Key.SOURCE + "=" + (ofTriggers ? "triggers" : "replication")
                        + "; remove it" + (ofTriggers ? "" : ", or set " + Key.SOURCE + "=triggers"));
            }
        }
        Triggers triggers = new Triggers(
                values.flag(Key.TRIGGERS_MANAGE, false),
                values.parsed(Key.TRIGGERS_SCHEMA, TriggersReader::schema).orElse("walwire"),
                values.flag(Key.TRIGGERS_ALWAYS, false),
                values.flag(Key.TRIGGERS_NOTIFY, true),
                values.parsed(Key.TRIGGERS_RETENTION, text -> between(text, SHORTEST_RETENTION, "1m"))
                        .orElse(DEFAULT_RETENTION),
                values.parsed(Key.TRIGGERS_LOCK_TIMEOUT, text -> between(text, SHORTEST_LOCK_TIMEOUT, "1ms"))
                        .orElse(DEFAULT_LOCK_TIMEOUT),
                values.flag(Key.TRIGGERS_SESSION_POOLER, false));
        return ofTriggers ? triggers : null;
    }

    private static Duration between(String text, Duration shortest, String said) {
        Duration duration = Durations.parse(text);
        if (duration.compareTo(shortest) < 0 || duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("it must be from " + said + " to 480h");
        }
        return duration;
    }

    private static String schema(String text) {
        if (text.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
            throw new IllegalArgumentException("it is longer than PostgreSQL's " + LONGEST_NAME + " bytes");
        }
        if (text.startsWith("pg_") || text.equals("information_schema")) {
            throw new IllegalArgumentException("it is one of PostgreSQL's own schemas");
        }
        return text;
    }
}
