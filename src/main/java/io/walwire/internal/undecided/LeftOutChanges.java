package io.walwire.internal.undecided;

import io.walwire.internal.pgoutput.PgOutputMessage.LeftOut;
import org.jspecify.annotations.Nullable;

/**
 * Descriptions of tables are passed on although the change that they were sent for is not. A change that is left out is passed
 * on as such where descriptions came before it, so that they are not taken for those of a later change.
 */
final class LeftOutChanges {
    private boolean described;

    /** A frame of this kind was passed on. */
    void passed(byte kind) {
        if (kind == 'R') {
            described = true;
        } else if (isChange(kind)) {
            described = false;
        }
    }

    /**
     * A frame is left out.
     *
     * @param from where the fields after the kind begin
     * @return what is passed on in its place; null if nothing depends on it
     */
    @Nullable
    LeftOut leftOut(byte kind, byte[] bytes, int from, int to) {
        if (!described || !isChange(kind)) {
            return null;
        }
        described = false;
        int[] relations = Frames.relations(kind, bytes, from, to);
        return new LeftOut(kind == 'T' || relations.length == 0 ? 0 : relations[0]);
    }

    private static boolean isChange(byte kind) {
        return kind == 'I' || kind == 'U' || kind == 'D' || kind == 'T';
    }
}
