package io.walwire.internal.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Finds where a file of lines ends: a process that was killed may have left half a line. */
public final class LastLine {
    private static final int BLOCK = 1 << 16;

    private LastLine() {}

    /**
     * Looks from the end of the file, block by block.
     *
     * @param channel the file
     * @return where its last whole line ends; 0 if it has none
     * @throws IOException if it cannot be read
     */
    public static long end(FileChannel channel) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        for (long end = channel.size(); end > 0; end = Math.max(0, end - BLOCK)) {
            long from = Math.max(0, end - BLOCK);
            block.clear().limit((int) (end - from));
            while (block.hasRemaining() && channel.read(block, from + block.position()) > 0) {
                // until the block is full
            }
            for (int i = block.position() - 1; i >= 0; i--) {
                if (block.get(i) == '\n') {
                    return from + i + 1;
                }
            }
        }
        return 0;
    }
}
