package io.walwire.benchmarks;

/** A consumer at work in this JVM. */
interface Drain {
    /**
     * Streams until so many row changes have come, and leaves the stream open.
     *
     * @param from what to stream
     * @param events how many
     * @return closes the stream
     */
    AutoCloseable run(Target from, long events) throws Exception;

    /** When the first change came in the last run, by {@link System#nanoTime}; 0 where that is not noted. */
    default long firstChange() {
        return 0;
    }

    static Drain of(Consumer consumer) {
        return switch (consumer) {
            case BARE, BARE_UNIX -> new BareLoop();
            case WALWIRE_NONE -> new WalwireDrain(WalwireDrain.Reads.NOTHING, "auto");
            case WALWIRE_ALL, WALWIRE_ALL_UNIX, WALWIRE_SMALL -> new WalwireDrain(WalwireDrain.Reads.ALL, "auto");
            case WALWIRE_TEXT -> new WalwireDrain(WalwireDrain.Reads.ALL, "false");
            case WALWIRE_RECORDS -> new WalwireDrain(WalwireDrain.Reads.RECORDS, "auto");
            case WALWIRE_TWO -> new WalwireDrain(WalwireDrain.Reads.TWO, "auto");
            case WALWIRE_HANDLERS -> new WalwireDrain(WalwireDrain.Reads.NOTHING_EACH, "auto");
            case WALWIRE_JSON -> new WalwireDrain(WalwireDrain.Reads.JSON, "auto");
            case DEBEZIUM_CONNECT -> new DebeziumDrain(false);
            case DEBEZIUM_JSON -> new DebeziumDrain(true);
            case PG_RECVLOGICAL -> throw new IllegalArgumentException("pg_recvlogical is a process of its own");
            case NONE_BEFORE, ALL_BEFORE -> throw new IllegalArgumentException("Another build drains by its own code");
        };
    }
}
