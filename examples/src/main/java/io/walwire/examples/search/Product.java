package io.walwire.examples.search;

/**
 * A row of the table {@code product}; a document of the index.
 *
 * @param id the key
 * @param name what it is called
 * @param description may be long
 */
public record Product(long id, String name, String description) {}
