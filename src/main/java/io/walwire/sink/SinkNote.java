package io.walwire.sink;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Something that Walwire has a sink store together with a group: how far existing rows have been read. Immutable.
 *
 * @param name what it is about, at most 200 characters; a later note of the same name replaces it
 * @param text what it says, usually less than a kilobyte, rarely more than 64 KiB; null if nothing is to be known under this name any more
 */
public record SinkNote(String name, @Nullable String text) {
    /**
     * A note.
     *
     * @param name what it is about
     * @param text what it says; null if nothing is to be known under this name any more
     */
    public SinkNote {
        Objects.requireNonNull(name, "name");
    }
}
