package io.walwire.internal.lanes;

import io.walwire.internal.transaction.ReceivedChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Events of one transaction, split by their lanes. An event of two lanes joins them: what belongs to either is one group, in
 * the transaction's order.
 */
public final class Groups {
    private final Map<Object, Integer> lanes = new LinkedHashMap<>();
    private final List<Integer> joinedTo = new ArrayList<>();
    private final List<ReceivedChange> events = new ArrayList<>();
    private final List<Integer> laneOf = new ArrayList<>();

    /**
     * What is handled one after another.
     *
     * @param lanes in which it belongs
     * @param events in order, at least one
     */
    public record Group(List<Object> lanes, List<ReceivedChange> events) {}

    /**
     * Adds an event.
     *
     * @param event the next one of the transaction
     * @param of its lanes, at least one
     */
    public void add(ReceivedChange event, List<? extends Object> of) {
        int lane = number(of.get(0));
        for (int i = 1; i < of.size(); i++) {
            joinedTo.set(root(number(of.get(i))), root(lane));
        }
        events.add(event);
        laneOf.add(lane);
    }

    /** How many lanes there are. */
    public int size() {
        return lanes.size();
    }

    private int number(Object lane) {
        Integer known = lanes.get(lane);
        if (known == null) {
            known = joinedTo.size();
            lanes.put(lane, known);
            joinedTo.add(known);
        }
        return known;
    }

    private int root(int lane) {
        int root = lane;
        while (joinedTo.get(root) != root) {
            root = joinedTo.get(root);
        }
        for (int at = lane; at != root; ) {
            int next = joinedTo.get(at);
            joinedTo.set(at, root); // so that long chains stay short
            at = next;
        }
        return root;
    }

    /** The groups, in the order of their first events. */
    public List<Group> split() {
        Map<Integer, Group> groups = new HashMap<>();
        List<Group> inOrder = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            int root = root(laneOf.get(i));
            Group group = groups.get(root);
            if (group == null) {
                group = new Group(new ArrayList<>(1), new ArrayList<>(1));
                groups.put(root, group);
                inOrder.add(group);
            }
            group.events().add(events.get(i));
        }
        lanes.forEach((lane, number) -> {
            Group group = groups.get(root(number));
            if (group != null) {
                group.lanes().add(lane);
            }
        });
        return inOrder;
    }
}
