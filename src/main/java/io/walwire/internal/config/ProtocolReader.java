package io.walwire.internal.config;

import io.walwire.internal.config.WalwireConfig.Protocol;
import io.walwire.internal.config.WalwireConfig.Streaming;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/** What of pgoutput's protocol is used, and whether its parts go together. */
final class ProtocolReader {
    private static final String NEWEST = "auto";

    private final Values values;
    private final Problems problems;

    ProtocolReader(Values values, Problems problems) {
        this.values = values;
        this.problems = problems;
    }

    Protocol read() {
        OptionalInt version = values.parsed(
                        Key.PROTOCOL, value -> Choices.require(value, List.of(NEWEST, "1", "2", "3", "4")))
                .filter(value -> !value.equals(NEWEST))
                .map(value -> OptionalInt.of(Integer.parseInt(value)))
                .orElse(OptionalInt.empty());
        Streaming streaming = values.parsed(
                        Key.STREAMING, value -> Choices.require(value, List.of("off", "on", "parallel")))
                .map(value -> Streaming.valueOf(value.toUpperCase(Locale.ROOT)))
                .orElse(Streaming.OFF);
        boolean twoPhase = values.flag(Key.TWO_PHASE, false);
        requireVersion(version, streaming == Streaming.ON ? 2 : 1, Key.STREAMING + "=on");
        requireVersion(version, streaming == Streaming.PARALLEL ? 4 : 1, Key.STREAMING + "=parallel");
        requireVersion(version, twoPhase ? 3 : 1, Key.TWO_PHASE + "=true");
        return new Protocol(version, streaming, twoPhase);
    }

    private void requireVersion(OptionalInt version, int least, String by) {
        if (version.isPresent() && version.getAsInt() < least) {
            problems.add(Key.PROTOCOL + " is " + version.getAsInt() + ", but " + by + " needs " + least
                    + (least == 4 ? "" : " or higher") + "; leave " + Key.PROTOCOL
                    + " out for the newest that the server offers");
        }
    }
}
