package io.walwire.internal.replication;

import io.walwire.event.Lsn;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Where a stream began.
 *
 * @param slot the slot that it reads
 * @param server the server and its history
 * @param position everything committed from here on is sent
 * @param encoding the database's, in which the content of logical messages comes
 */
public record StreamStart(SlotRequest slot, History server, Lsn position, Charset encoding) {
    /**
     * Of a database in UTF-8.
     *
     * @param slot the slot that it reads
     * @param server the server and its history
     * @param position everything committed from here on is sent
     */
    public StreamStart(SlotRequest slot, History server, Lsn position) {
        this(slot, server, position, StandardCharsets.UTF_8);
    }

    /**
     * Which positions mean what on a server.
     *
     * @param systemId the server's system identifier, the same for a primary and its standbys
     * @param timeline the server's timeline, which a promotion or a restored backup changes
     * @param end how far its log reached when the stream began
     * @param ancestry the history of the timeline, empty of the first one; null if it cannot be read
     * @param standby whether it is a standby, whose log may end earlier than its primary's
     * @param startedAt when it was started; null if that is not known
     */
    public record History(
            String systemId,
            int timeline,
            Lsn end,
            @Nullable String ancestry,
            boolean standby,
            @Nullable String startedAt) {
        /**
         * Of a server that is no standby.
         *
         * @param systemId the server's system identifier
         * @param timeline the server's timeline
         * @param end how far its log reached when the stream began
         * @param ancestry the history of the timeline, empty of the first one; null if it cannot be read
         */
        public History(String systemId, int timeline, Lsn end, @Nullable String ancestry) {
            this(systemId, timeline, end, ancestry, false, null);
        }

        private Lsn common(History before, Lsn seen) {
            if (!systemId.equals(before.systemId)) {
                return Lsn.ZERO;
            }
            if (isSameRun(before)) {
                return end; // a promotion that its streams survive changes its timeline, and takes nothing back
            }
            if (timeline == before.timeline) {
                // two standbys that were promoted side by side give their timelines the same number
                boolean same = ancestry == null || before.ancestry == null || ancestry.equals(before.ancestry);
                // a log that ends before what came from it was cut back, nobody knows to where, and has been written to
                // since
                return same && !end.isBefore(seen) ? end : Lsn.ZERO;
            }
            return ancestry == null ? Lsn.ZERO : left(before.timeline, ancestry);
        }

        /**
         * Whether the server has been running all along.
         *
         * @param before what it was
         */
        public boolean isSameRun(History before) {
            return startedAt != null && startedAt.equals(before.startedAt) && systemId.equals(before.systemId);
        }

        /** Each line names a timeline, where it was left, and why: {@code 1<TAB>0/3000148<TAB>no recovery target}. */
        private static Lsn left(int ancestor, String lines) {
            return lines.lines()
                    .map(line -> line.strip().split("\\s+", 3))
                    .filter(fields -> fields.length >= 2 && fields[0].equals(Integer.toString(ancestor)))
                    .map(fields -> Lsn.parse(fields[1]))
                    .findFirst()
                    .orElse(Lsn.ZERO);
        }
    }

    /**
     * Whether a server on another timeline has everything that came of the server before, whichever instance got it: an earlier one
     * got nothing behind the end of the log that this one has found. Of a standby that end is not known.
     *
     * @param before the last stream of this instance
     * @param seen the highest position that came in it
     */
    public boolean hasAllOf(StreamStart before, Lsn seen) {
        Lsn end = before.server.end();
        Lsn most = seen.isBefore(end) ? end : seen;
        return !before.server.standby() && !common(before, seen).isBefore(most);
    }

    /** Whether the server is on another timeline than that of an earlier stream. */
    public boolean isOnAnotherTimeline(StreamStart before) {
        return server.timeline() != before.server.timeline();
    }

    /**
     * The same stream after a promotion of its server.
     *
     * @param now what the server has become
     */
    public StreamStart on(History now) {
        return new StreamStart(slot, now, position, encoding);
    }

    /**
     * The position up to which both streams have the same history.
     *
     * @param before the stream before
     * @param seen the highest position that came in it
     * @return the position; {@link Lsn#ZERO} if there is none
     */
    public Lsn common(StreamStart before, Lsn seen) {
        return server.common(before.server, seen);
    }
}
