package io.walwire.internal.codec;

/** inet, cidr and the addresses of network cards. */
final class BinaryNetwork {
    private static final int IPV4 = 2;
    private static final int IPV6 = 3;
    private static final int WORDS = 8;

    private BinaryNetwork() {}

    static void putMac(TextOutput out, BinaryInput in, int bytes) {
        for (int i = 0; i < bytes; i++) {
            if (i > 0) {
                out.put(':');
            }
            int at = in.at();
            in.skip(1);
            out.putHex(in.bytes(), at, 1);
        }
    }

    static void putAddress(TextOutput out, BinaryInput in) {
        int family = in.int8();
        int bits = in.int8() & 0xff;
        boolean network = BinaryText.bool(in.int8());
        int size = in.int8();
        int expected = family == IPV4 ? 4 : 16;
        if ((family != IPV4 && family != IPV6) || size != expected || in.remaining() != size || bits > 8 * size) {
            throw UnrepresentableException.malformedBinary();
        }
        int at = in.at();
        in.skip(size);
        if (family == IPV4) {
            putOctets(out, in.bytes(), at);
        } else {
            putWords(out, in.bytes(), at);
        }
        if (network || bits < 8 * size) {
            out.put('/').putLong(bits);
        }
    }

    private static void putOctets(TextOutput out, byte[] bytes, int at) {
        for (int i = 0; i < 4; i++) {
            if (i > 0) {
                out.put('.');
            }
            out.putLong(bytes[at + i] & 0xff);
        }
    }

    /** The first of the longest runs of zeros, of two at least, is left out; what holds an IPv4 address ends like one. */
    private static void putWords(TextOutput out, byte[] bytes, int at) {
        int[] words = new int[WORDS];
        for (int i = 0; i < WORDS; i++) {
            words[i] = (bytes[at + 2 * i] & 0xff) << 8 | bytes[at + 2 * i + 1] & 0xff;
        }
        int zeros = 0;
        int zerosAt = -1;
        for (int i = 0; i < WORDS; i++) {
            int end = i;
            while (end < WORDS && words[end] == 0) {
                end++;
            }
            if (end - i > Math.max(1, zeros)) {
                zeros = end - i;
                zerosAt = i;
            }
        }
        boolean holdsIpv4 = zerosAt == 0 && (zeros == 6 || (zeros == 5 && words[5] == 0xffff));
        for (int i = 0; i < WORDS; i++) {
            if (i >= zerosAt && i < zerosAt + zeros) {
                if (i == zerosAt) {
                    out.put(':');
                }
                continue;
            }
            if (i > 0) {
                out.put(':');
            }
            if (i == 6 && holdsIpv4) {
                putOctets(out, bytes, at + 12);
                return;
            }
            out.putHex(words[i]);
        }
        if (zerosAt >= 0 && zerosAt + zeros == WORDS) {
            out.put(':');
        }
    }
}
