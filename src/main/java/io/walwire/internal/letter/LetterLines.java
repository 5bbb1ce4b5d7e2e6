package io.walwire.internal.letter;

import io.walwire.error.WalwireException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The lines of a file as it is now: all, or those of some letters. Read when asked for. */
final class LetterLines implements Iterator<String>, AutoCloseable {
    private final LetterFile file;
    private final BufferedReader reader;
    private final @Nullable Set<String> wanted;

    /** Each letter once: one that was removed and came again has two lines. */
    private final Set<String> given = new HashSet<>();

    private long number;
    private @Nullable String ahead;

    /**
     * Opens the file.
     *
     * @param wanted the ids of the letters whose lines are wanted; null for every line
     */
    LetterLines(LetterFile file, @Nullable Set<String> wanted) throws IOException {
        this.file = file;
        this.wanted = wanted;
        this.reader = file.read();
    }

    @Override
    public boolean hasNext() {
        try {
            while (ahead == null) {
                String line = reader.readLine();
                if (line == null) {
                    return false;
                }
                number++;
                ahead = isWanted(line) ? line : null;
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isWanted(String line) {
        if (wanted == null) {
            return true;
        }
        Map.Entry<String, Boolean> id = id(line);
        return !id.getValue() && wanted.contains(id.getKey()) && given.add(id.getKey());
    }

    @Override
    public String next() {
        String line = hasNext() ? ahead : null;
        if (line == null) {
            throw new NoSuchElementException();
        }
        ahead = null;
        return line;
    }

    /** The id of the letter that a line is of, and whether it says that the letter is removed. */
    Map.Entry<String, Boolean> id(String line) {
        try {
            return LetterLine.id(line);
        } catch (IllegalArgumentException e) {
            throw unreadable(e);
        }
    }

    LetterStore.Stored letter(String line) {
        try {
            return LetterLine.read(line);
        } catch (IllegalArgumentException e) {
            throw unreadable(e);
        }
    }

    private WalwireException unreadable(IllegalArgumentException e) {
        return Letters.failure(
                "Line " + number + " of " + file.path() + " is not a dead letter: " + e.getMessage()
                        + ". Remove the line, or restore the file.",
                e);
    }

    @Override
    public void close() {
        try {
            reader.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
