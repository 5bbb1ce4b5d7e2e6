package io.walwire.event;

import org.jspecify.annotations.Nullable;

/**
 * Turns JSON into a value of the caller's, with a library of its choice. See {@link Row#getJson(String, JsonReader)}.
 *
 * @param <T> what it returns
 */
@FunctionalInterface
public interface JsonReader<T extends @Nullable Object> {
    /**
     * Reads one JSON value. Called on the thread that reads the row.
     *
     * @param json as PostgreSQL prints it
     * @return the value
     * @throws Exception if the JSON is not as expected; the caller of the row gets it
     */
    T read(String json) throws Exception;
}
