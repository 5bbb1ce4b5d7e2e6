package io.walwire.internal.config;

import io.walwire.internal.config.WalwireConfig.Backfill;
import io.walwire.internal.config.WalwireConfig.Backfill.Rate;
import java.util.List;

/** How existing rows are read. */
final class BackfillReader {
    private static final int DEFAULT_READERS = 2;
    private static final int MAX_READERS = 64;
    static final long DEFAULT_CHUNK = 4 * ByteSizes.MIB;
    private static final long SMALLEST_CHUNK = 8 * ByteSizes.KIB;

    private final Values values;
    private final Problems problems;

    BackfillReader(Values values, Problems problems) {
        this.values = values;
        this.problems = problems;
    }

    Backfill read() {
        boolean automatic = values.choice(Key.BACKFILL, false, List.of("off", "new"), value -> value.equals("new"));
        boolean first =
                values.choice(Key.BACKFILL_ORDER, false, List.of("beside", "first"), value -> value.equals("first"));
        if (first && !automatic) {
            problems.add(Key.BACKFILL_ORDER + "=first has no effect without " + Key.BACKFILL
                    + "=new; set that, or remove " + Key.BACKFILL_ORDER);
        }
        return new Backfill(
                automatic,
                first,
                values.parsed(Key.BACKFILL_READERS, text -> ConfigReader.number(text, MAX_READERS))
                        .orElse(DEFAULT_READERS),
                values.parsed(Key.BACKFILL_CHUNK, text -> atLeast(text, SMALLEST_CHUNK, "8KiB"))
                        .orElse(DEFAULT_CHUNK),
                values.parsed(Key.BACKFILL_RATE, BackfillReader::rate).orElse(Rate.AUTO));
    }

    private static Rate rate(String text) {
        return switch (text) {
            case "auto" -> Rate.AUTO;
            case "unlimited" -> Rate.UNLIMITED;
            default -> new Rate(bytes(text), false);
        };
    }

    private static long bytes(String text) {
        try {
            return atLeast(text, 1, "1");
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "it must be auto, unlimited or a size such as 10MiB: " + e.getMessage()
                            + Problems.didYouMean(text, List.of("auto", "unlimited")),
                    e);
        }
    }

    private static long atLeast(String text, long smallest, String said) {
        long bytes = ByteSizes.parse(text);
        if (bytes < smallest) {
            throw new IllegalArgumentException("it must be at least " + said);
        }
        return bytes;
    }
}
