package io.walwire.internal.recording;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** So many bytes of a stream, and then its end. */
final class Beginning extends FilterInputStream {
    private long left;

    Beginning(InputStream in, long length) {
        super(in);
        this.left = length;
    }

    @Override
    public int read() throws IOException {
        int b = left == 0 ? -1 : super.read();
        left -= b < 0 ? 0 : 1;
        return b;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int most = (int) Math.min(left, length);
        int count = most == 0 && length > 0 ? -1 : super.read(into, offset, most);
        left -= Math.max(0, count);
        return count;
    }
}
