package io.walwire.internal.watch;

/** Three-valued truth: whether a condition holds, as far as what PostgreSQL sent tells. In the order of how true it is. */
enum Verdict {
    NO,
    UNKNOWN,
    YES;

    static Verdict of(boolean holds) {
        return holds ? YES : NO;
    }

    Verdict and(Verdict other) {
        return compareTo(other) <= 0 ? this : other;
    }

    Verdict or(Verdict other) {
        return compareTo(other) >= 0 ? this : other;
    }

    Verdict not() {
        return this == UNKNOWN ? UNKNOWN : of(this == NO);
    }
}
