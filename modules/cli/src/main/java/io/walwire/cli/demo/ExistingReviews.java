package io.walwire.cli.demo;

import io.walwire.Walwire;
import io.walwire.backfill.BackfillProgress;
import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.cli.pretty.Amounts;
import io.walwire.cli.pretty.Palette;
import io.walwire.cli.pretty.ProgressBar;
import io.walwire.cli.pretty.Screen;
import java.util.List;
import java.util.OptionalDouble;

/** The reading of the reviews that were there before, and how far it is: a bar on a terminal, some lines elsewhere. */
final class ExistingReviews {
    private static final int LINES = 4;

    private final Screen screen;
    private final Palette palette;
    private final BackfillRun run;
    private final long begin = System.nanoTime();
    private int printed;
    private boolean isDone;

    /** Begins to read. */
    ExistingReviews(Walwire walwire, Screen screen, Palette palette) {
        this.screen = screen;
        this.palette = palette;
        this.run = walwire.backfill("reviews").start();
    }

    /** Shows what is new; to be called often. */
    void look() {
        if (isDone) {
            return;
        }
        BackfillProgress progress = run.progress();
        isDone = progress.state() == BackfillState.DONE;
        if (isDone) {
            screen.status("");
            double seconds = (System.nanoTime() - begin) / 1e9;
            screen.print(List.of(palette.action("      » search ")
                    + "the index has all %s reviews that were there before, after %.1f s"
                            .formatted(Amounts.count(Shop.REVIEWS), seconds)));
            return;
        }
        double share = (double) progress.rows() / Shop.REVIEWS;
        ProgressBar bar = ProgressBar.of(progress);
        screen.status("reading reviews  " + bar.bar(OptionalDouble.of(share), palette));
        int quarter = (int) (share * LINES);
        if (!screen.isTerminal() && quarter > printed) {
            printed = quarter;
            screen.print(List.of("reading reviews  " + bar.line(OptionalDouble.of(share))));
        }
    }

    /** Removes the bar; says whether all reviews were read. */
    boolean end() {
        look();
        screen.status("");
        return isDone;
    }

    /** How many were read; those that changed meanwhile may have been read twice. */
    long rows() {
        return Math.min(Shop.REVIEWS, run.progress().rows());
    }
}
