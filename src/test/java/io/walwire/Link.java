package io.walwire;

import io.walwire.config.Credentials;
import io.walwire.testing.TestDatabase;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Credentials that say when an instance may connect: Walwire asks for them at every connect, so that holding them back
 * holds the instance where it has lost its connection.
 */
final class Link implements Supplier<Credentials> {
    private volatile Credentials credentials;
    private final AtomicBoolean failing = new AtomicBoolean();
    private final Queue<Runnable> failingBeside = new ConcurrentLinkedQueue<>();
    private volatile @Nullable Gate gate;
    private volatile @Nullable Gate gateBeside;

    Link(TestDatabase database) {
        credentials = new Credentials(database.user(), database.password());
    }

    Link(Credentials credentials) {
        this.credentials = credentials;
    }

    /** From the next connect on; open the gate to let it pass. */
    Gate hold() {
        Gate holding = new Gate();
        gate = holding;
        return holding;
    }

    /** The next connect finds nobody to ask. */
    void failOnce() {
        failing.set(true);
    }

    /** As {@link #hold}, of the plain connection beside the stream alone. */
    Gate holdBeside() {
        Gate holding = new Gate();
        gateBeside = holding;
        return holding;
    }

    /** As {@link #failOnce}, of the plain connection beside the stream alone. */
    void failOnceBeside() {
        failBeside(() -> {});
    }

    /** As often as there are actions, each of which is done first. */
    void failBeside(Runnable... first) {
        failingBeside.addAll(List.of(first));
    }

    boolean hasFailedBeside() {
        return failingBeside.isEmpty();
    }

    private static boolean isBeside() {
        return Arrays.stream(Thread.currentThread().getStackTrace())
                .anyMatch(frame -> frame.getClassName().endsWith("SharedConnection"));
    }

    void change(Credentials next) {
        credentials = next;
    }

    /** A builder whose instance connects through this. */
    WalwireBuilder reader(TestDatabase database) {
        return builder(database).publication("events");
    }

    /** As {@link #reader}, without a publication. */
    WalwireBuilder builder(TestDatabase database) {
        return Walwire.builder()
                .url("postgresql://" + database.server().host() + ":"
                        + database.server().port() + "/" + database.name())
                .credentials(this);
    }

    @Override
    public Credentials get() {
        boolean beside = isBeside();
        pass(gate);
        if (beside) {
            pass(gateBeside);
        }
        Runnable first = beside ? failingBeside.poll() : null;
        if (first != null) {
            first.run();
        }
        if (failing.getAndSet(false) || first != null) {
            throw new IllegalStateException("the vault is sealed");
        }
        return credentials;
    }

    private static void pass(@Nullable Gate holding) {
        if (holding != null) {
            holding.passUninterrupted();
        }
    }
}
