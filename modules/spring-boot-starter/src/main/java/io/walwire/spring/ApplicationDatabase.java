package io.walwire.spring;

import org.jspecify.annotations.Nullable;

/**
 * The database of the application's {@code DataSource}.
 *
 * @param url the JDBC URL; null if it is not known
 * @param user the user; null if it is in the URL, or there is none
 * @param password the password; null if it is in the URL, or there is none
 */
record ApplicationDatabase(
        @Nullable String url,
        @Nullable String user,
        @Nullable String password) {
    /** Asks Spring Boot for the connection details of the application's {@code DataSource}. */
    @FunctionalInterface
    interface Source {
        /** The database, or null where there are no such details. */
        @Nullable
        ApplicationDatabase find();
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "ApplicationDatabase[" + user + "]";
    }
}
