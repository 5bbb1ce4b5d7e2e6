package io.walwire.internal.pgoutput;

import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** A {@link Relation} as the frame that it came in, which takes a fraction of the memory. */
public final class RelationBytes {
    private RelationBytes() {}

    /**
     * To a frame.
     *
     * @param relation any
     * @return what {@link #relation} takes
     */
    public static byte[] of(Relation relation) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte('R');
            out.writeInt(relation.oid());
            string(out, relation.schema());
            string(out, relation.name());
            out.writeByte(
                    switch (relation.replicaIdentity()) {
                        case DEFAULT -> 'd';
                        case NOTHING -> 'n';
                        case FULL -> 'f';
                        case INDEX -> 'i';
                    });
            out.writeShort(relation.columns().size());
            for (RelationColumn column : relation.columns()) {
                out.writeByte(column.identity() ? 1 : 0);
                string(out, column.name());
                out.writeInt(column.typeOid());
                out.writeInt(column.typeModifier());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * From a frame.
     *
     * @param frame as {@link #of} gives it
     * @return the same relation again
     */
    public static Relation relation(byte[] frame) {
        return (Relation) PgOutput.decode(frame, 0, frame.length);
    }

    private static void string(DataOutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.writeByte(0);
    }
}
