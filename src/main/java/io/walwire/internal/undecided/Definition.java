package io.walwire.internal.undecided;

/**
 * A table's definition as it was sent.
 *
 * @param arrival counts the definitions of a stream in the order in which they arrived
 * @param frame the Relation message, as protocol 1 has it
 */
record Definition(long arrival, byte[] frame) {}
