package io.walwire;

import io.walwire.config.Credentials;
import io.walwire.handler.FailurePolicy;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.letter.Letters;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What {@code walwire.failure} and {@code walwire.dead-letters} say, as a policy. */
record ConfiguredFailure(WalwireConfig config, Supplier<Credentials> credentials) {
    private static final Duration FIRST_WAIT = Duration.ofMillis(200);
    private static final Duration MAX_WAIT = Duration.ofSeconds(30);

    /**
     * The policy; where it keeps dead letters in a file, it is made sure that it can. The doctor itself looks at a table.
     *
     * @param given letters of the builder, for failed calls if the configuration does not say what happens to them; null if there are none
     */
    FailurePolicy policy(@Nullable DeadLetters given) {
        WalwireConfig.Failure failure = config.failure();
        FailurePolicy retry = FailurePolicy.retry(failure.retries(), FIRST_WAIT, MAX_WAIT);
        if (given != null && !failure.chosen()) {
            return retry.thenDeadLetter(given);
        }
        DeadLetters letters = letters();
        if (failure.end() != WalwireConfig.End.DEAD_LETTER || letters == null) {
            return failure.end() == WalwireConfig.End.SKIP ? retry.thenSkip() : retry.thenStop();
        }
        if (failure.letters() != null && failure.letters().file() != null) {
            letters.store().check();
        }
        return retry.thenDeadLetter(letters);
    }

    /** Makes sure that letters can be kept before there is one. */
    void requireStore() {
        DeadLetters letters = letters();
        if (config.failure().end() == WalwireConfig.End.DEAD_LETTER && letters != null) {
            letters.store().check();
        }
    }

    /** Null where none are configured. */
    @Nullable
    DeadLetters letters() {
        WalwireConfig.Letters letters = config.failure().letters();
        if (letters == null) {
            return null;
        }
        if (letters.file() != null) {
            return DeadLetters.file(letters.file());
        }
        Database database = new Database(config.server(), credentials);
        return new DeadLetters(Letters.table(database::openOnRolesPath, database.display()));
    }
}
