package io.walwire.internal.letter;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.handler.DeadLetter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** From a failed call to letters, and where they are kept. */
public final class Letters {
    private Letters() {}

    /**
     * Letters in the table {@code walwire_dead_letter}.
     *
     * @param connections how to reach it
     * @param where the database, for messages
     * @return the store
     */
    public static LetterStore table(LetterConnections connections, String where) {
        return new TableLetters(connections, where);
    }

    /**
     * Letters in a file of JSON lines.
     *
     * @param file created when there is something to keep
     * @return the store
     */
    public static LetterStore file(Path file) {
        return new FileLetters(file.toAbsolutePath().normalize());
    }

    /**
     * Keeps a failed call.
     *
     * @param store where
     * @param call what failed
     */
    public static void keep(LetterStore store, DeadLetter call) {
        store.keep(NewLetter.of(call));
    }

    static WalwireException failure(String message, @Nullable Throwable cause) {
        return new WalwireException(ErrorCode.DEAD_LETTER, message, cause);
    }
}
