package io.walwire.examples.mail;

import io.walwire.event.EventId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** The last so many ids. Not the highest one alone: a dead letter that is replayed has a lower one, and was not done yet. */
final class RecentIds {
    private final int most;
    private final Set<EventId> ids = new HashSet<>();
    private final Deque<EventId> inOrder = new ArrayDeque<>();

    RecentIds(int most) {
        this.most = most;
    }

    synchronized boolean contains(EventId id) {
        return ids.contains(id);
    }

    synchronized void add(EventId id) {
        if (ids.add(id)) {
            inOrder.add(id);
        }
        if (inOrder.size() > most) {
            ids.remove(inOrder.remove());
        }
    }

    synchronized void clear() {
        ids.clear();
        inOrder.clear();
    }
}
