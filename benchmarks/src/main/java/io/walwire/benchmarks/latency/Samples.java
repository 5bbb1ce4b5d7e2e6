package io.walwire.benchmarks.latency;

import java.util.Arrays;

/** Latencies of one run, written by one thread. */
final class Samples {
    private long[] micros = new long[1 << 16];
    private int size;
    private volatile int visible;

    void add(long value) {
        new Handled(value).commit();
        if (size == micros.length) {
            micros = Arrays.copyOf(micros, size * 2);
        }
        micros[size++] = value;
        visible = size;
    }

    int count() {
        return visible;
    }

    /** Sorted, without the first ones; to be called when nothing is added any more. */
    Sorted after(int warmUp) {
        int count = visible;
        long[] rest = Arrays.copyOfRange(micros, Math.min(warmUp, count), count);
        Arrays.sort(rest);
        return new Sorted(rest);
    }

    /** @param micros ascending */
    record Sorted(long[] micros) {
        int count() {
            return micros.length;
        }

        /** The value that the given share of all do not exceed. */
        long quantile(double share) {
            return micros.length == 0 ? -1 : micros[(int) Math.ceil(share * micros.length - 1e-9) - 1];
        }
    }
}
