package io.walwire.reliability;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether the server itself cannot decode what a slot has next: asked by SQL, without Walwire. PostgreSQL fails so in rare cases
 * around a change of the catalog, and then again at each attempt.
 */
final class ServerRefusal {
    /** How the slot is read: without transactions in progress, and with them. */
    private static final List<String> OPTIONS =
            List.of("'proto_version', '1'", "'proto_version', '2', 'streaming', 'on'");

    private ServerRefusal() {}

    /**
     * The server's message.
     *
     * @param connection in a mode in which each statement is a transaction
     * @param slot that nobody reads
     * @param publications their names
     * @return null if the server decodes everything
     */
    static @Nullable String of(Connection connection, String slot, String publications) {
        return OPTIONS.stream()
                .map(options -> refusal(connection, slot, publications, options))
                .filter(message -> !message.isEmpty())
                .findFirst()
                .orElse(null);
    }

    private static String refusal(Connection connection, String slot, String publications, String options) {
        try (PreparedStatement peek = connection.prepareStatement(
                "SELECT count(*) FROM pg_logical_slot_peek_binary_changes(?, NULL, NULL, 'publication_names', ?, "
                        + options + ")")) {
            peek.setString(1, slot);
            peek.setString(2, publications);
            try (ResultSet rows = peek.executeQuery()) {
                rows.next();
                return "";
            }
        } catch (SQLException e) {
            return String.valueOf(e.getMessage()).lines().findFirst().orElse("").replaceFirst("^[A-Z]+: ", "");
        }
    }
}
