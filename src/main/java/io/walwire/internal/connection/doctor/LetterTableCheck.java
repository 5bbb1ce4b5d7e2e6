package io.walwire.internal.connection.doctor;

import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.catalog.TableAudit;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** The table of dead letters, where they are kept in one: it holds values of rows. */
final class LetterTableCheck implements Check {
    private static final String TABLE = "walwire_dead_letter";

    private final Subject subject;

    LetterTableCheck(Subject subject) {
        this.subject = subject;
    }

    @Override
    public void look(Questions ask, Findings found) throws SQLException {
        WalwireConfig.Letters letters = subject.config().failure().letters();
        if (letters == null || letters.file() != null) {
            return;
        }
        try (Connection connection = subject.database().openOnRolesPath()) {
            connection.setAutoCommit(false);
            Optional<TableAudit> audit = TableAudit.of(connection, TABLE);
            String problem = audit.map(TableAudit::problem).orElse(null);
            if (audit.isEmpty()) {
                found.error(
                        "table " + TABLE,
                        "walwire.dead-letters=table, but there is no such table. Create it: psql -f sql/dead-letters.sql",
                        null);
            } else if (problem != null) {
                found.error("table " + audit.get().table(), problem, null);
            }
        }
    }
}
