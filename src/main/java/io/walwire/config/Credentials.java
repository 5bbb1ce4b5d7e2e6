package io.walwire.config;

import org.jspecify.annotations.Nullable;

/**
 * Who connects. {@link #toString()} never shows the password.
 *
 * @param user the role
 * @param password its password; null where none is needed, such as with a certificate
 */
public record Credentials(String user, @Nullable String password) {
    @Override
    public String toString() {
        return "Credentials[user=" + user + "]";
    }
}
