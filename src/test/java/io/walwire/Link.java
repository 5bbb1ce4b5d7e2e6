package io.walwire;

import io.walwire.config.Credentials;
import io.walwire.testing.TestDatabase;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Credentials that say when an instance may connect: Walwire asks for them at every connect, so that holding them back
 * holds the instance where it has lost its connection.
 */
class Link implements Supplier<Credentials> {
    private volatile Credentials credentials;
    private final AtomicBoolean failing = new AtomicBoolean();
    private volatile @Nullable Gate gate;

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
        Gate holding = gate;
        if (holding != null) {
            holding.passUninterrupted();
        }
        if (failing.getAndSet(false)) {
            throw new IllegalStateException("the vault is sealed");
        }
        return credentials;
    }
}
