package io.walwire.event;

/** The three values of PostgreSQL's {@code numeric} that no {@link java.math.BigDecimal} holds; the infinities came with PostgreSQL 14. */
public enum NumericSpecial {
    /** Not a number. */
    NAN("NaN"),
    /** Larger than every number. */
    INFINITY("Infinity"),
    /** Smaller than every number. */
    NEGATIVE_INFINITY("-Infinity");

    private final String text;

    NumericSpecial(String text) {
        this.text = text;
    }

    /** As PostgreSQL prints it. */
    @Override
    public String toString() {
        return text;
    }
}
