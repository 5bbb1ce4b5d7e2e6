package io.walwire.internal.watch;

import org.jspecify.annotations.Nullable;

/** Three-valued truth: whether a condition holds, as far as what PostgreSQL sent tells. In the order of how true it is. */
enum Verdict {
    NO,
    UNKNOWN,
    YES;

    static Verdict of(boolean holds) {
        return holds ? YES : NO;
    }

    static Verdict of(@Nullable Boolean holds) {
        return holds == null ? UNKNOWN : of(holds.booleanValue());
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
