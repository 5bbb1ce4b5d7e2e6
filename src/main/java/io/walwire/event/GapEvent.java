package io.walwire.event;

/** Continuity was lost: changes between two positions may be missing. Comes before everything that follows the gap. */
public non-sealed interface GapEvent extends Event {
    /**
     * The gap.
     *
     * @return its bounds and reason
     */
    Gap gap();
}
