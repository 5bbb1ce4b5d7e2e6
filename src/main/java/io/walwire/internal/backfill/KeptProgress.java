package io.walwire.internal.backfill;

import java.util.List;

/**
 * What an instance has to know that goes on after a crash. It is kept before a later position of the stream is confirmed, if
 * its version is another one than before.
 *
 * @param leaves how far each leaf has come
 * @param keysToRead the keys that are to be read again
 * @param version changes with the keys
 * @param ofReads changes with the keys, but not with those that come with an event
 */
public record KeptProgress(List<StoredLeaf> leaves, List<List<String>> keysToRead, long version, long ofReads) {
    public KeptProgress {
        leaves = List.copyOf(leaves);
        keysToRead = List.copyOf(keysToRead);
    }
}
