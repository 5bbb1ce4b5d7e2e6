package io.walwire.reliability;

import io.walwire.event.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * Judges a {@link Ledger} by a {@link SecondReading} of the same log. It holds that everything was delivered, first deliveries
 * exactly in the log's order; that a redelivery repeats what was delivered, word for word, and lies neither below what the
 * server had confirmed when that life began nor below what the instance itself had confirmed; that nothing was confirmed
 * which no handler had seen; and that all of it, applied once, makes the tables.
 *
 * <p>One freedom is PostgreSQL's: it places a message of a transaction at the end of its record, which is where the next
 * record begins, and merges savepoints by position. So such a message and a change directly beside it come in either order.
 */
final class Verdict {
    private static final int MAX_COMPLAINTS = 50;
    static final String NOT_HELD = "delivered what the log does not hold: ";
    static final String LOST = "lost: ";
    private static final String CLIENT = "the client says: ";
    private static final String CHECKSUMS = "checksums differ: ";

    private final List<String> expected;
    private final BitSet seen = new BitSet();
    private final BitSet missing = new BitSet();
    private final List<String[]> gaps = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();

    private final Set<String> differences = new LinkedHashSet<>();
    private final Set<String> unreplicated;
    private boolean serverDiffers;
    private final Replica replica = new Replica(this::complain);
    private final Map<String, CRC32> checksums = new TreeMap<>();
    private final Map<String, Integer> faults = new TreeMap<>();
    private int next;
    private int at;
    private long duplicates;
    private int lives;
    private String confirmedAtStart = Change.hex(0);

    private final boolean keysApart;

    /** Of each key the last that was delivered for the first time. */
    private final Map<String, Integer> lastOfKey = new HashMap<>();

    private Verdict(List<String> expected, boolean keysApart, Set<String> unreplicated) {
        this.unreplicated = unreplicated;
        this.expected = expected;
        this.keysApart = keysApart;
    }

    /**
     * Judges.
     *
     * @param expected the second reading
     * @param ledger what was delivered, line by line
     * @param selected the tables of the database
     */
    static Verdict of(List<String> expected, Stream<String> ledger, Map<String, Map<String, String>> selected) {
        return judged(new Verdict(expected, false, Set.of()), ledger, selected);
    }

    /** As {@link #of}, where first deliveries need not be in the log's order but for those of each key. */
    static Verdict ofKeys(List<String> expected, Stream<String> ledger, Map<String, Map<String, String>> selected) {
        return judged(new Verdict(expected, true, Set.of()), ledger, selected);
    }

    /** Judges the same ledger by another log, and leaves out what some tables hold. */
    Verdict by(
            List<String> log, Stream<String> ledger, Map<String, Map<String, String>> selected, Set<String> without) {
        Map<String, Map<String, String>> tables = new TreeMap<>(selected);
        tables.keySet().removeAll(without);
        return judged(new Verdict(log, keysApart, without), ledger, tables);
    }

    private static Verdict judged(Verdict verdict, Stream<String> ledger, Map<String, Map<String, String>> selected) {
        ledger.forEachOrdered(verdict::line);
        verdict.end(selected);
        return verdict;
    }

    private void line(String line) {
        char type = line.charAt(0);
        String rest = line.substring(Math.min(2, line.length()));
        switch (type) {
            case Ledger.EVENT -> delivered(rest);
            case Ledger.LIFE -> begin(rest);
            case Ledger.CONFIRMED -> requireHandled(rest);
            case Ledger.GAP -> gaps.add(rest.split("\t", -1));
            case Ledger.FAULT -> faults.merge(rest, 1, Integer::sum);
            case Ledger.TROUBLE -> complain(CLIENT + rest);
            default -> {
                // an order that was carried out
            }
        }
    }

    /** The server's position must not have passed what nobody had handled. */
    private void begin(String confirmed) {
        lives++;
        confirmedAtStart = confirmed.substring(0, 16);
        requireHandled(confirmedAtStart);
    }

    private void requireHandled(String confirmed) {
        int open = keysApart ? seen.nextClearBit(0) : next;
        if (open < expected.size() && position(open).compareTo(confirmed) < 0) {
            complain("confirmed up to " + confirmed + ", but not delivered before: " + expected.get(open));
        }
    }

    private void delivered(String line) {
        int end = line.lastIndexOf('\t');
        String change = line.substring(0, end);
        String confirmedByItself = line.substring(end + 1);
        int found = at < expected.size() && expected.get(at).equals(change) ? at : find(change);
        if (found < 0) {
            complain(NOT_HELD + change);
            differences.add(change);
            return;
        }
        at = found + 1;
        if (Change.position(change).compareTo(confirmedAtStart) < 0) {
            complain("delivered although the server had confirmed " + confirmedAtStart + ": " + change);
        }
        if (Change.position(change).compareTo(confirmedByItself) < 0) {
            complain("delivered although the instance had confirmed " + confirmedByItself + ": " + change);
        }
        if (seen.get(found)) {
            duplicates++;
        } else {
            first(found, change);
        }
    }

    private void first(int found, String change) {
        excuse(found);
        Change read = Change.parse(change);
        if (keysApart) {
            firstOfKeys(found, read);
        } else if (found > next && !isExchange(found)) {
            complain("delivered before what precedes it, " + expected.get(next) + ": " + change);
        } else if (found < next) {
            complain("delivered after what follows it: " + change);
        }
        boolean early = !keysApart && isExchange(found);
        seen.set(found);
        next = seen.nextClearBit(early ? next : Math.max(next, found + 1));
        if (gaps.isEmpty() && !unreplicated.contains(read.table())) {
            replica.apply(read);
        }
        chain(checksums, read);
    }

    private void firstOfKeys(int found, Change read) {
        if (read.key().isEmpty() && !standsAlone(found)) {
            complain("delivered beside others, though it stands alone: " + read);
        }
        for (String key : keys(read)) {
            Integer last = lastOfKey.put(key, found);
            if (last != null && last > found) {
                complain("delivered after what follows it of its key, " + expected.get(last) + ": " + read);
            }
        }
    }

    /** Whether all before it was delivered and nothing after it, but for a neighbour that may come in either order. */
    private boolean standsAlone(int found) {
        int open = seen.nextClearBit(0);
        if (open == found) {
            return seen.length() <= found || (seen.length() == found + 2 && mayExchange(found));
        }
        return open + 1 == found && seen.length() <= found && mayExchange(open);
    }

    /** Whether it comes directly before the one that is next. */
    private boolean isExchange(int found) {
        return found == next + 1 && mayExchange(next);
    }

    /** Whether an event and the next one are of one transaction, and exactly one of them is a message. */
    private boolean mayExchange(int first) {
        Change one = Change.parse(expected.get(first));
        Change other = Change.parse(expected.get(first + 1));
        return one.position().equals(other.position())
                && isMessageWithin(one) != isMessageWithin(other)
                && isMessage(one) != isMessage(other);
    }

    private static boolean isMessage(Change change) {
        return change.kind().equals(Kind.MESSAGE.jsonName());
    }

    /** A message outside of transactions has its own position. */
    private static boolean isMessageWithin(Change change) {
        return isMessage(change) && !change.after().startsWith(change.position());
    }

    private static List<String> keys(Change change) {
        return Stream.of(change.key().split(">", -1))
                .distinct()
                .map(key -> change.table() + " " + key)
                .toList();
    }

    /** What a gap before this covers may be missing. */
    private void excuse(int before) {
        while (next < before && gaps.stream().anyMatch(gap -> holds(gap, position(next)))) {
            missing.set(next);
            next = seen.nextClearBit(next + 1);
        }
    }

    private static boolean holds(String[] gap, String position) {
        return gap[0].compareTo(position) <= 0 && position.compareTo(gap[1]) <= 0;
    }

    private void chain(Map<String, CRC32> chains, Change change) {
        String link = change.position() + change.index() + change.key();
        for (String name : keysApart ? keys(change) : List.of(change.table())) {
            chains.computeIfAbsent(name, first -> new CRC32()).update(link.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Positions only grow in the log, so that a transaction is found fast, and then its event one by one. */
    private int find(String change) {
        String wanted = Change.position(change);
        int low = 0;
        int high = expected.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (position(middle).compareTo(wanted) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        for (int i = low; i < expected.size() && position(i).equals(wanted); i++) {
            if (expected.get(i).equals(change)) {
                return i;
            }
        }
        return -1;
    }

    private String position(int i) {
        return Change.position(expected.get(i));
    }

    private void end(Map<String, Map<String, String>> selected) {
        seen.or(missing);
        for (int i = seen.nextClearBit(0); i < expected.size(); i = seen.nextClearBit(i + 1)) {
            complain(LOST + expected.get(i));
            differences.add(expected.get(i));
        }
        if (gaps.isEmpty()) {
            compare(selected);
        }
    }

    /** Only where nothing is missing are the tables what the events make them. */
    private void compare(Map<String, Map<String, String>> selected) {
        replica.compare(selected);
        Map<String, CRC32> wanted = new TreeMap<>();
        expected.forEach(line -> chain(wanted, Change.parse(line)));
        if (!values(wanted).equals(values(checksums))) {
            complain(CHECKSUMS + values(checksums) + " of what was delivered, " + values(wanted) + " of the log");
        }
    }

    private static Map<String, Long> values(Map<String, CRC32> chains) {
        Map<String, Long> values = new TreeMap<>();
        chains.forEach((table, chain) -> values.put(table, chain.getValue()));
        return values;
    }

    private void complain(String what) {
        if (complaints.size() < MAX_COMPLAINTS && !complaints.contains(what)) {
            complaints.add(what);
        }
    }

    /** Everything that is not as promised, up to a bound; empty if nothing is. */
    List<String> complaints() {
        return complaints;
    }

    /** The events that only one of the two holds, the log or what was delivered. */
    Set<String> differences() {
        return differences;
    }

    /** Says more in each complaint, and whether the server explains all of them. */
    void explain(UnaryOperator<String> how, boolean byServer) {
        complaints.replaceAll(how);
        serverDiffers = byServer;
    }

    /**
     * The server cannot decode what the slot has next. That explains what the client says of it, and that the rest was not
     * delivered; nothing else.
     *
     * @param message the server's
     */
    void explainRefusal(String message) {
        serverDiffers = complaints.stream().anyMatch(line -> line.startsWith(CLIENT))
                && complaints.stream()
                        .allMatch(line -> line.startsWith(CLIENT)
                                ? line.contains(message)
                                : line.startsWith(LOST)
                                        || line.startsWith(CHECKSUMS)
                                        || line.startsWith(Replica.TABLE));
    }

    /** Whether what was delivered is exactly what the server sent, though not what the second reading holds. */
    boolean serverDiffers() {
        return serverDiffers;
    }

    long transactions() {
        return expected.stream().map(Change::position).distinct().count();
    }

    long events() {
        return expected.size();
    }

    long duplicates() {
        return duplicates;
    }

    int gaps() {
        return gaps.size();
    }

    /** How many events a gap covers. */
    int missing() {
        return missing.cardinality();
    }

    /** How many events are missing that no gap covers. */
    int losses() {
        return expected.size() - seen.cardinality();
    }

    Map<String, Integer> faults() {
        return faults;
    }

    @Override
    public String toString() {
        return "transactions "
                + transactions() + ", events "
                + events() + ", duplicates " + duplicates + ", losses " + losses()
                + (gaps.isEmpty() ? "" : ", gaps " + gaps() + " of " + missing()) + ", lives " + lives
                + ", faults "
                + faults.values().stream().mapToInt(Integer::intValue).sum() + " " + faults;
    }
}
