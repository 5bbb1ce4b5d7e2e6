package io.walwire.examples.cache;

/**
 * A row of the table.
 *
 * @param id the key
 * @param name what it is called
 * @param cents what it costs
 */
public record Product(long id, String name, long cents) {}
