package io.walwire;

import io.walwire.config.Credentials;
import io.walwire.testing.TestDatabase;
import java.util.Arrays;
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
    private final AtomicBoolean failingBeside = new AtomicBoolean();
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
        failingBeside.set(true);
    }

    boolean hasFailedBeside() {
        return !failingBeside.get();
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
        if (failing.getAndSet(false) || (beside && failingBeside.getAndSet(false))) {
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
