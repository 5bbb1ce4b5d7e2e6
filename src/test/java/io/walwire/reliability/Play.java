package io.walwire.reliability;

import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * One random history from its beginning to the verdict.
 *
 * @param version of the server
 * @param mode how the instance reads
 * @param name of the files that it leaves
 * @param seed decides what is written and inflicted
 * @param seconds for how long faults are inflicted at the least; each kind once if it is zero
 */
record Play(int version, Mode mode, String name, long seed, long seconds) {
    private static final int WRITERS = 3;

    /** Plays it. */
    Verdict verdict() throws Exception {
        boolean patient = seconds > 0;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        try (Stage stage = new Stage(version, name, mode, patient)) {
            stage.launchToStream();
            try (History history = stage.play(seed, WRITERS)) {
                Set<Fault> faults = mode.faults();
                Adversary adversary = new Adversary(stage, seed, patient);
                stage.untilTrouble(() -> {
                    do {
                        adversary.inflictAll(faults);
                    } while (System.nanoTime() - deadline < 0);
                    if (mode == Mode.TEMPORARY) {
                        stage.awaitDeliveredAgain();
                    }
                });
                history.end();
            }
            return stage.verdict();
        } catch (Throwable e) {
            throw new AssertionError(this + ": " + e.getMessage(), e);
        }
    }
}
