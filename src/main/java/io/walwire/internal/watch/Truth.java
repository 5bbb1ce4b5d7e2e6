package io.walwire.internal.watch;

import org.jspecify.annotations.Nullable;

/** Three-valued logic, as SQL's: whether a condition holds, as far as what PostgreSQL sent decides it. From the least true on. */
enum Truth {
    FALSE,
    UNKNOWN,
    TRUE;

    static Truth of(boolean holds) {
        return holds ? TRUE : FALSE;
    }

    static Truth of(@Nullable Boolean holds) {
        return holds == null ? UNKNOWN : of(holds.booleanValue());
    }

    Truth and(Truth other) {
        return compareTo(other) <= 0 ? this : other;
    }

    Truth or(Truth other) {
        return compareTo(other) >= 0 ? this : other;
    }

    Truth not() {
        return this == UNKNOWN ? UNKNOWN : of(this == FALSE);
    }
}
