package io.walwire.internal.config;

import io.walwire.internal.config.WalwireConfig.Busy;
import io.walwire.internal.config.WalwireConfig.Excess;
import io.walwire.internal.config.WalwireConfig.Lost;
import io.walwire.internal.config.WalwireConfig.Retained;
import io.walwire.internal.config.WalwireConfig.Slot;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is configured of the slot. */
final class SlotReader {
    private static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(30);
    private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(100);

    private final Values values;
    private final Problems problems;

    SlotReader(Values values, Problems problems) {
        this.values = values;
        this.problems = problems;
    }

    Slot read() {
        Optional<String> name = values.parsed(Key.SLOT_NAME, SlotNames::require);
        boolean named = values.isNamed(Key.SLOT_NAME);
        boolean durable = values.flag(Key.SLOT_DURABLE, named);
        if (durable && !named) {
            problems.add(Key.SLOT_DURABLE + " is true, but " + Key.SLOT_NAME
                    + " is missing: a durable slot needs a name; set one");
        }
        boolean failover = values.flag(Key.SLOT_FAILOVER, false);
        if (failover && !durable) {
            problems.add(
                    Key.SLOT_FAILOVER + " is true, but the slot is temporary: PostgreSQL brings only durable slots to"
                            + " a standby; give " + Key.SLOT_NAME + ", and leave " + Key.SLOT_DURABLE + " out");
        }
        Busy busy = values.choice(
                Key.SLOT_BUSY,
                Busy.WAIT,
                List.of("wait", "fail"),
                value -> value.equals("fail") ? Busy.FAIL : Busy.WAIT);
        Lost lost = values.choice(
                Key.SLOT_LOST,
                Lost.STOP,
                List.of("stop", "recreate"),
                value -> value.equals("recreate") ? Lost.RECREATE : Lost.STOP);
        return new Slot(name.orElse(null), durable, busy, failover, lost, retained());
    }

    private @Nullable Retained retained() {
        Optional<Long> bytes = values.parsed(Key.SLOT_MAX_RETAINED, SlotReader::bytes);
        Optional<Excess> action = values.parsed(Key.SLOT_MAX_RETAINED_ACTION, SlotReader::action);
        Optional<Duration> interval = values.parsed(Key.SLOT_MAX_RETAINED_INTERVAL, SlotReader::interval);
        if (!values.isNamed(Key.SLOT_MAX_RETAINED)) {
            action.ifPresent(given -> uselessAlone(Key.SLOT_MAX_RETAINED_ACTION));
            interval.ifPresent(given -> uselessAlone(Key.SLOT_MAX_RETAINED_INTERVAL));
        }
        return bytes.map(bound -> new Retained(bound, action.orElse(Excess.WARN), interval.orElse(DEFAULT_INTERVAL)))
                .orElse(null);
    }

    private void uselessAlone(Key key) {
        problems.add(key + " has no effect without " + Key.SLOT_MAX_RETAINED + "; set that too");
    }

    private static Excess action(String text) {
        return Choices.require(text, List.of("warn", "drop")).equals("drop") ? Excess.DROP : Excess.WARN;
    }

    private static long bytes(String text) {
        long bytes = ByteSizes.parse(text);
        if (bytes < ByteSizes.MIB) {
            throw new IllegalArgumentException("it must be at least 1MiB");
        }
        return bytes;
    }

    private static Duration interval(String text) {
        Duration interval = Durations.parse(text);
        if (interval.compareTo(SHORTEST_INTERVAL) < 0) {
            throw new IllegalArgumentException("it must be at least 100ms");
        }
        return interval;
    }
}
