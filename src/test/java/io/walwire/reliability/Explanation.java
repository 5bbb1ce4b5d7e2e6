package io.walwire.reliability;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Whether what is not as the second reading has it came from the server so. */
final class Explanation {
    private static final int MAX_DIFFERENCES = 10_000;

    private final Verdict verdict;
    private final List<String> expected;
    private final Set<String> positions;
    private final SentFrames sent;

    private Explanation(Verdict verdict, List<String> expected, Path frames) throws IOException {
        this.verdict = verdict;
        this.expected = expected;
        this.positions = verdict.differences().stream().map(Change::position).collect(Collectors.toSet());
        this.sent = SentFrames.read(frames, positions);
    }

    /**
     * Reads what the server sent of the transactions that differ.
     *
     * @param verdict has complaints
     * @param expected the second reading
     * @param frames where the recordings are
     */
    static Explanation of(Verdict verdict, List<String> expected, Path frames) throws IOException {
        return new Explanation(verdict, expected, frames);
    }

    /**
     * Says in each complaint of an event that only one side holds whether the server sent it. The server explains the whole
     * verdict only if the ledger fits the log once these transactions are as they were sent. It explains the loss of a
     * whole transaction only between two others of the same connection: a client that confirms too much is not sent what it skips.
     *
     * @param judge judges the ledger by another log, without {@link #tables}
     */
    void explain(Function<List<String>, Verdict> judge) {
        Set<String> differences = verdict.differences();
        boolean byServer = !differences.isEmpty()
                && differences.size() <= MAX_DIFFERENCES
                && sent.troubles().isEmpty()
                && differences.stream().allMatch(line -> sent.holdsTransactionOf(line) || sent.isLeftOut(line))
                && judge.apply(asSent()).complaints().isEmpty();
        verdict.explain(this::explained, byServer);
    }

    /** The tables that events are of which only one side holds. */
    Set<String> tables() {
        return verdict.differences().stream()
                .map(line -> Change.parse(line).table())
                .collect(Collectors.toSet());
    }

    /** What was sent and cannot be read, in lines. */
    String troubles() {
        return sent.troubles().stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    private String explained(String complaint) {
        String kind = complaint.startsWith(Verdict.NOT_HELD) ? Verdict.NOT_HELD : Verdict.LOST;
        if (!complaint.startsWith(kind)) {
            return complaint;
        }
        String change = complaint.substring(kind.length());
        if (sent.holds(change)) {
            return complaint + " (the server sent it so)";
        }
        return complaint
                + (sent.holdsTransactionOf(change)
                        ? " (the server did not send it)"
                        : " (the server did not send it, nor anything of its transaction)");
    }

    /** The log, with these transactions as the server sent them. */
    private List<String> asSent() {
        Map<String, List<String>> log = new TreeMap<>();
        for (String line : expected) {
            log.computeIfAbsent(Change.position(line), first -> new ArrayList<>())
                    .add(line);
        }
        for (String position : positions) {
            List<String> known = Stream.concat(
                            log.getOrDefault(position, List.of()).stream(), verdict.differences().stream())
                    .toList();
            List<String> transaction = sent.transaction(position).stream()
                    .map(line -> known.contains(line) ? line : decoded(line, known))
                    .toList();
            log.put(position, transaction);
        }
        return log.values().stream().flatMap(List::stream).toList();
    }

    /** Binary values that were not decoded are as in the line that is else the same. */
    private static String decoded(String line, List<String> known) {
        return known.stream()
                .filter(each -> SentFrames.isSame(line, each))
                .findFirst()
                .orElse(line);
    }
}
