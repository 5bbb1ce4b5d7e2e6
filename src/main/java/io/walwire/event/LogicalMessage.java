package io.walwire.event;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What {@code pg_logical_emit_message} wrote into the log. (PostgreSQL manual, "Replication Management Functions".) Immutable.
 */
public final class LogicalMessage {
    private final String prefix;
    private final byte[] content;
    private final boolean transactional;
    private final Lsn lsn;
    private final Charset encoding;

    /**
     * A message whose text is in UTF-8.
     *
     * @param prefix by which its reader knows it
     * @param content its bytes, copied
     * @param transactional whether it belongs to its transaction; if not, it was sent at once and survives a rollback
     * @param lsn where it stands in the log, its identity
     */
    public LogicalMessage(String prefix, byte[] content, boolean transactional, Lsn lsn) {
        this(prefix, content, transactional, lsn, StandardCharsets.UTF_8);
    }

    /**
     * A message.
     *
     * @param prefix by which its reader knows it
     * @param content its bytes, copied
     * @param transactional whether it belongs to its transaction; if not, it was sent at once and survives a rollback
     * @param lsn where it stands in the log, its identity
     * @param encoding of the database, in which the server writes and sends the content of a text
     */
    public LogicalMessage(String prefix, byte[] content, boolean transactional, Lsn lsn, Charset encoding) {
        this.prefix = prefix;
        this.content = content.clone();
        this.transactional = transactional;
        this.lsn = lsn;
        this.encoding = encoding;
    }

    /**
     * By which its reader knows it.
     *
     * @return the prefix
     */
    public String prefix() {
        return prefix;
    }

    /**
     * The bytes.
     *
     * @return a new array
     */
    public byte[] content() {
        return content.clone();
    }

    /**
     * The content as text, in the encoding of the database that it comes from.
     *
     * @return the text, or null if the bytes are no text in that encoding, such as those with a zero byte outside of UTF-8
     */
    public @Nullable String text() {
        try {
            String text = encoding.newDecoder().decode(ByteBuffer.wrap(content)).toString();
            // every byte is a character in LATIN1 and its like; but a text of PostgreSQL holds no zero
            return encoding.equals(StandardCharsets.UTF_8) || text.indexOf('\0') < 0 ? text : null;
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /**
     * The encoding of the content, if it is a text.
     *
     * @return the encoding of the database that the message comes from
     */
    public Charset encoding() {
        return encoding;
    }

    /**
     * Whether it belongs to its transaction.
     *
     * @return false if it was sent at once, maybe before its transaction's other events, and survives a rollback
     */
    public boolean transactional() {
        return transactional;
    }

    /**
     * Where it stands in the log: its identity, the same on redelivery.
     *
     * @return the position
     */
    public Lsn lsn() {
        return lsn;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LogicalMessage message
                && lsn.equals(message.lsn)
                && transactional == message.transactional
                && prefix.equals(message.prefix)
                && Arrays.equals(content, message.content);
    }

    @Override
    public int hashCode() {
        return lsn.hashCode();
    }

    /**
     * Fits into a line of a log: any role may send a message. It shows no content, and a question mark for each character of the
     * prefix that breaks a line, commands a terminal or cannot be seen.
     */
    @Override
    public String toString() {
        String visible = prefix.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?");
        return "LogicalMessage[prefix=" + visible + ", lsn=" + lsn + ", " + content.length + " bytes]";
    }
}
