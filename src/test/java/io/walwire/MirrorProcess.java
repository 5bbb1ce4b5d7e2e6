package io.walwire;

import io.walwire.testing.TestDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/** A process with a {@link Mirror}, which reads all rows of its table, until it is killed. */
final class MirrorProcess {
    /** Where it stands still when it has been there so often. */
    enum Place {
        /** After a commit with rows that were read. */
        COMMIT,
        /** After a row that was read, before the commit. */
        ROW,
        NOWHERE
    }

    private final Place place;
    private final AtomicInteger left;

    /** The thread whose transaction has rows that were read. */
    private volatile @Nullable Thread reader;

    private MirrorProcess(Place place, int times) {
        this.place = place;
        this.left = new AtomicInteger(times);
    }

    /**
     * Starts one.
     *
     * @param kept the database of its checkpoint
     * @param settings of its instance, as {@code key=value}
     */
    static KilledProcess start(TestDatabase kept, Place place, int times, List<String> settings) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(kept.jdbcUrl(), place.name(), String.valueOf(times)));
        arguments.addAll(settings);
        return new KilledProcess(MirrorProcess.class, arguments.toArray(String[]::new));
    }

    public static void main(String[] arguments) throws Exception {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(arguments[0]);
        MirrorProcess stops = new MirrorProcess(Place.valueOf(arguments[1]), Integer.parseInt(arguments[2]));
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(LedgerProcess.afterCommit(source, stops::committed), "copy");
        WalwireBuilder builder = reading(Walwire.builder(), new Mirror(checkpoint, stops::read))
                .checkpoint(checkpoint)
                .set("walwire.start.wait", "60s");
        for (int i = 3; i < arguments.length; i++) {
            String[] setting = arguments[i].split("=", 2);
            builder.set(setting[0], setting[1]);
        }
        try (Walwire walwire = builder.start()) {
            walwire.awaitTermination(Duration.ofMinutes(5));
        }
    }

    /** An instance that reads all rows, in small chunks. */
    static WalwireBuilder reading(WalwireBuilder builder, Mirror mirror) {
        return builder.set("walwire.backfill", "new")
                .set("walwire.backfill.chunk", "8KiB")
                .handler("mirror", mirror);
    }

    private void read() throws InterruptedException {
        reader = Thread.currentThread();
        stopAt(Place.ROW);
    }

    private void committed() throws InterruptedException {
        if (Thread.currentThread().equals(reader)) { // another one keeps the progress
            reader = null;
            stopAt(Place.COMMIT);
        }
    }

    private void stopAt(Place reached) throws InterruptedException {
        if (place == reached && left.decrementAndGet() == 0) {
            LedgerProcess.stop();
        }
    }
}
