package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.backfill.ModelSettings.Naive;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random writers beside a backfill: what was delivered of a key never goes back, and at the end it is the table. The budget is
 * {@code -Dwalwire.backfill.seeds}, the first seed {@code -Dwalwire.backfill.seed}.
 */
@Timeout(value = 5, unit = TimeUnit.HOURS) // of the largest budget
class DeliveredKeysModelTest {
    private static final int SEEDS = Integer.getInteger("walwire.backfill.seeds", 4_000);
    private static final long FIRST_SEED = Long.getLong("walwire.backfill.seed", 1);
    private static final int STEPS = 600;
    private static final int STEPS_TO_THE_END = 100_000;

    @Test
    void delivered_rowsNeverGoBack_andAreTheTable() {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            run(seed, Naive.NOTHING);
        }
    }

    @ParameterizedTest
    @EnumSource(names = "NOTHING", mode = EnumSource.Mode.EXCLUDE)
    void delivered_naively_isWrong(Naive naive) {
        boolean failed = false;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS && !failed; seed++) {
            try {
                run(seed, naive);
            } catch (AssertionError e) {
                failed = true;
            }
        }
        assertThat(failed).as("%s is noticed", naive).isTrue();
    }

    private static void run(long seed, Naive naive) {
        Random random = new Random(seed);
        boolean byKey = random.nextBoolean();
        ModelSettings settings = new ModelSettings(
                random.nextBoolean() ? 700 : (1L << 32) - 20,
                random.nextInt(4) == 0,
                random.nextInt(3) == 0,
                byKey,
                random.nextInt(3) == 0,
                random.nextBoolean() ? 1_000_000 : 20,
                random.nextInt(3) == 0 ? 2_500 : 1_000_000,
                random.nextBoolean(),
                naive);
        ModelDatabase database = new ModelDatabase(random, settings);
        ModelBackfill backfill = new ModelBackfill(random, settings, database);
        int speed = 1 + random.nextInt(4);
        try {
            play(random, database, backfill, speed);
        } catch (AssertionError e) {
            throw new AssertionError("Seed " + seed + ", " + settings + ": " + e.getMessage(), e);
        }
    }

    private static void play(Random random, ModelDatabase database, ModelBackfill backfill, int speed) {
        for (int i = 0; i < STEPS; i++) {
            if (i == 60) {
                backfill.begin();
            }
            one(random, database, backfill, speed, true);
        }
        for (int i = 0; !(database.isQuiet() && backfill.isStreamed() && backfill.isDone()); i++) {
            assertThat(i).as("steps to the end").isLessThan(STEPS_TO_THE_END);
            one(random, database, backfill, speed, false);
        }
        assertThat(known(backfill, backfill.consumer.state.values().stream().toList()))
                .isEqualTo(known(backfill, database.visible.values().stream().toList()));
    }

    private static void one(Random random, ModelDatabase database, ModelBackfill backfill, int speed, boolean begin) {
        if (begin && random.nextInt(20) == 0) {
            if (random.nextInt(4) == 0) {
                backfill.crash();
            } else {
                backfill.confirm();
            }
        }
        switch (random.nextInt(2 + speed)) {
            case 0 -> backfill.stream();
            case 1 -> backfill.step();
            default -> database.step(begin);
        }
    }

    private static String known(ModelBackfill backfill, List<ModelRow> rows) {
        return rows.stream().map(backfill.consumer::known).collect(Collectors.joining("\n"));
    }
}
