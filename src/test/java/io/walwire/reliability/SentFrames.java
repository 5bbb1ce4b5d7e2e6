package io.walwire.reliability;

import io.walwire.event.Kind;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What the server sent to the client of some transactions, from the {@link Recording}s of its connections. It is decoded as the
 * {@link SecondReading} is, so that a difference between the two readings of one log shows where it comes from: from the
 * server, or from the client.
 */
final class SentFrames {
    private static final int XLOG_DATA_HEADER = 25;
    private static final int CELLS_FROM = 5;

    private final Set<String> positions;
    private final Map<String, List<String>> longest = new HashMap<>();
    private final Map<String, Set<String>> lines = new HashMap<>();
    private final List<String> troubles = new ArrayList<>();
    private final Map<Integer, SecondDecoder.Undecided> prepared = new HashMap<>();

    /** Of each connection the first commit that was sent, and the highest. */
    private final List<String[]> spans = new ArrayList<>();

    private SentFrames(Set<String> positions) {
        this.positions = positions;
    }

    /**
     * Reads recordings.
     *
     * @param directory holds them; their names are in the order in which the connections began
     * @param positions of the transactions that are asked for
     */
    static SentFrames read(Path directory, Set<String> positions) throws IOException {
        SentFrames sent = new SentFrames(positions);
        for (Path file : recordings(directory)) {
            sent.read(file);
        }
        return sent;
    }

    /** The recordings in a directory, which need not exist. */
    static Set<Path> recordings(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return Set.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.collect(TreeSet::new, Set::add, Set::addAll);
        }
    }

    /** Messages of the protocol: a type, the length of the rest, and the rest; the last one may be cut off. */
    private void read(Path file) throws IOException {
        Map<String, List<String>> ofConnection = new HashMap<>();
        String[] span = new String[2];
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            SecondDecoder decoder = null;
            while (true) {
                char type = (char) in.readUnsignedByte();
                byte[] rest = new byte[in.readInt() - Integer.BYTES];
                in.readFully(rest);
                if (type == 'W') {
                    decoder = new SecondDecoder(
                            change -> {
                                keep(ofConnection, change);
                                widen(span, change);
                            },
                            prepared);
                } else if (type == 'Z') {
                    decoder = null; // the stream has ended
                } else if (type == 'd' && decoder != null && rest[0] == 'w') {
                    decoder.accept(ByteBuffer.wrap(rest, XLOG_DATA_HEADER, rest.length - XLOG_DATA_HEADER)
                            .slice());
                }
            }
        } catch (EOFException e) {
            // the connection ended
        } catch (RuntimeException e) {
            troubles.add(file + " cannot be decoded to its end: " + e);
        }
        if (span[0] != null) {
            spans.add(span);
        }
        ofConnection.forEach((position, changes) ->
                longest.merge(position, changes, (one, other) -> other.size() > one.size() ? other : one));
    }

    private void keep(Map<String, List<String>> ofConnection, Change change) {
        if (positions.contains(change.position())) {
            String line = change.toString();
            ofConnection
                    .computeIfAbsent(change.position(), first -> new ArrayList<>())
                    .add(line);
            lines.computeIfAbsent(change.position(), first -> new HashSet<>()).add(line);
        }
    }

    /** A message outside of a transaction has a position of its own. */
    private static void widen(String[] span, Change change) {
        if (!change.kind().equals(Kind.MESSAGE.jsonName())) {
            span[0] = span[0] == null ? change.position() : span[0];
            span[1] = span[1] == null || span[1].compareTo(change.position()) < 0 ? change.position() : span[1];
        }
    }

    /** What could not be read; empty if all could. */
    List<String> troubles() {
        return troubles;
    }

    /** Whether the server sent this very change, on any connection. */
    boolean holds(String line) {
        Set<String> sent = lines.getOrDefault(Change.position(line), Set.of());
        return sent.contains(line) || sent.stream().anyMatch(each -> isSame(each, line));
    }

    /** Where a binary value was not decoded, the other values decide. */
    static boolean isSame(String sent, String line) {
        if (!sent.contains(SecondDecoder.UNKNOWN)) {
            return false;
        }
        String[] ours = sent.split("[\t|]", -1);
        String[] theirs = line.split("[\t|]", -1);
        for (int i = 0; i < ours.length && ours.length == theirs.length; i++) {
            if (!ours[i].equals(theirs[i]) && !(i > CELLS_FROM - 1 && ours[i].equals(SecondDecoder.UNKNOWN))) {
                return false;
            }
        }
        return ours.length == theirs.length;
    }

    /** Whether the server sent anything of the change's transaction. */
    boolean holdsTransactionOf(String line) {
        return lines.containsKey(Change.position(line));
    }

    /**
     * Whether the server sent an earlier and a later transaction on one connection, and nothing of the change's, on any. A stream sends
     * what was committed behind its start, so no client has caused that.
     */
    boolean isLeftOut(String line) {
        String position = Change.position(line);
        return !holdsTransactionOf(line)
                && spans.stream().anyMatch(span -> span[0].compareTo(position) < 0 && position.compareTo(span[1]) < 0);
    }

    /** The events of a transaction in the order in which they were sent, by the connection that sent most of them. */
    List<String> transaction(String position) {
        return longest.getOrDefault(position, List.of());
    }
}
