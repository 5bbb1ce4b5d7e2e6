package io.walwire;

import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** Random histories: one of each seed. A failure names all that its seed draws. */
final class Histories {
    /** How many sessions write in one. */
    static final int SESSIONS = 3;

    private Histories() {}

    /** What a seed draws first. */
    @FunctionalInterface
    interface Draw<D> {
        D of(long seed, Random random) throws Exception;
    }

    /** What happens then. */
    @FunctionalInterface
    interface History<D> {
        void run(D drawn, Random random) throws Exception;
    }

    /** What a session does; one of them may truncate the table. */
    @FunctionalInterface
    interface Writing {
        void write(Random own, boolean truncates, int session) throws Exception;
    }

    /**
     * Runs some.
     *
     * @param property the name before {@code .histories}, how many, and {@code .seed}, the first one
     * @param histories how many if that is not set
     */
    static <D> void run(String property, int histories, Draw<D> draw, History<D> history) throws Exception {
        long first = Long.getLong(property + ".seed", 1);
        for (long seed = first; seed < first + Integer.getInteger(property + ".histories", histories); seed++) {
            Random random = new Random(seed);
            D drawn = draw.of(seed, random);
            try {
                history.run(drawn, random);
            } catch (Exception | AssertionError e) {
                throw new AssertionError(drawn + ": " + e.getMessage(), e);
            }
        }
    }

    /** Starts the sessions. */
    static List<CompletableFuture<Void>> write(Random random, Writing writing) {
        return IntStream.range(0, SESSIONS)
                .mapToObj(session -> {
                    Random own = new Random(random.nextLong());
                    boolean truncates = session == 0 && random.nextInt(4) == 0;
                    return RandomTable.thread(() -> writing.write(own, truncates, session));
                })
                .toList();
    }
}
