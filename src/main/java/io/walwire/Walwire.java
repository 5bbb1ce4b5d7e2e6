package io.walwire;

import io.walwire.config.Credentials;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Interceptor;
import io.walwire.lifecycle.State;
import io.walwire.lifecycle.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** A running instance. */
@SuppressWarnings("DoNotCallSuggester")
public final class Walwire implements AutoCloseable {
    private Walwire() {}

    public static Builder builder() {
        throw new UnsupportedOperationException();
    }

    public static Transaction restore(byte[] stored) {
        throw new UnsupportedOperationException();
    }

    public State state() {
        throw new UnsupportedOperationException();
    }

    public Status status() {
        throw new UnsupportedOperationException();
    }

    public void awaitStreaming(Duration atMost) throws InterruptedException {
        throw new UnsupportedOperationException();
    }

    public void awaitTermination() throws InterruptedException {
        throw new UnsupportedOperationException();
    }

    public boolean awaitTermination(Duration atMost) throws InterruptedException {
        throw new UnsupportedOperationException();
    }

    public CompletionStage<Void> completion() {
        throw new UnsupportedOperationException();
    }

    public void subscribe(String... tables) {
        throw new UnsupportedOperationException();
    }

    public void unsubscribe(String... tables) {
        throw new UnsupportedOperationException();
    }

    public void addHandler(EventHandler handler) {
        throw new UnsupportedOperationException();
    }

    public void removeHandler(EventHandler handler) {
        throw new UnsupportedOperationException();
    }

    public void process(Transaction transaction) throws Exception {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

    /** Assembles an instance. */
    public static final class Builder {
        private Builder() {}

        public Builder properties(Path file) {
            return this;
        }

        public Builder properties(Map<String, String> properties) {
            return this;
        }

        public Builder set(String key, String value) {
            return this;
        }

        public Builder url(String url) {
            return this;
        }

        public Builder user(String user) {
            return this;
        }

        public Builder password(String password) {
            return this;
        }

        public Builder credentials(Supplier<Credentials> supplier) {
            return this;
        }

        public Builder publication(String... names) {
            return this;
        }

        public Builder subscriptions(String... tables) {
            return this;
        }

        public Builder slotName(String name) {
            return this;
        }

        public Builder handler(EventHandler handler) {
            return this;
        }

        public Builder interceptor(Interceptor interceptor) {
            return this;
        }

        public Walwire start() {
            throw new UnsupportedOperationException();
        }
    }
}
