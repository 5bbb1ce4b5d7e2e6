package io.walwire.internal.watch;

import java.util.Arrays;

/** Arrays of subscriptions that are copied to be changed, so that the handler thread reads them without a lock. */
final class Watchers {
    static final Watcher[] NONE = {};

    private Watchers() {}

    static Watcher[] join(Watcher[] some, Watcher[] more) {
        Watcher[] all = Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }

    static Watcher[] without(Watcher[] all, Watcher gone) {
        return Arrays.stream(all).filter(each -> !each.equals(gone)).toArray(Watcher[]::new);
    }
}
