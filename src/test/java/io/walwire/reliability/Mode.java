package io.walwire.reliability;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** How an instance reads while a history is played. */
enum Mode {
    /** A durable slot, values as text. */
    TEXT(14, "walwire.binary=false"),
    /** Large transactions come in chunks before they commit, values as text. */
    STREAMED(14, "walwire.streaming=on", "walwire.binary=false"),
    /** Values in binary, as in all modes where it is not said that they are text: every type of the tables can be. */
    BINARY(14),
    /** As {@link #STREAMED} and {@link #BINARY}. */
    STREAMED_BINARY(14, "walwire.streaming=on"),
    /** Prepared transactions come when they are prepared, values as text. */
    TWO_PHASE(15, "walwire.streaming=on", "walwire.two-phase=true", "walwire.binary=false"),
    /** Chunks with what parallel apply needs. */
    PARALLEL(16, "walwire.streaming=parallel"),
    /** As {@link #PARALLEL} and {@link #TWO_PHASE}. */
    PARALLEL_TWO_PHASE(16, "walwire.streaming=parallel", "walwire.two-phase=true"),
    /** Handlers of eight keys run side by side. */
    LANES(14),
    /** A temporary slot, which ends with its connection. */
    TEMPORARY(14),
    /** A slot that a standby keeps up with, and a standby that is promoted. */
    PROMOTION(17, "walwire.slot.failover=true");

    private final int since;
    private final String settings;

    Mode(int since, String... settings) {
        this.since = since;
        this.settings = String.join(" ", settings);
    }

    /** The first version of PostgreSQL that has it. */
    int since() {
        return since;
    }

    /** The settings of its instances, as {@code key=value}. */
    List<String> settings() {
        return settings.isEmpty() ? List.of() : List.of(settings.split(" ", -1));
    }

    /** Whether transactions come before they are committed, so that the writers make many of that kind. */
    boolean undecided() {
        return settings.contains("walwire.streaming=on")
                || settings.contains("walwire.streaming=parallel")
                || settings.contains("walwire.two-phase=true");
    }

    /** What can happen to such an instance. */
    Set<Fault> faults() {
        return switch (this) {
            case PROMOTION -> EnumSet.allOf(Fault.class);
            case TEMPORARY ->
                EnumSet.of(
                        Fault.WALSENDER_TERMINATED,
                        Fault.CONNECTION_CUT,
                        Fault.CONNECTION_STALLED,
                        Fault.CONNECTION_HALF_CLOSED,
                        Fault.SERVER_STOPPED_FAST,
                        Fault.SERVER_STOPPED_IMMEDIATELY,
                        Fault.HANDLER_THREW,
                        Fault.HANDLER_ANSWER_LOST);
            default -> EnumSet.complementOf(EnumSet.of(Fault.STANDBY_PROMOTED));
        };
    }
}
