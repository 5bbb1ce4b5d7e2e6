package io.walwire.internal.connection.doctor;

import io.walwire.internal.config.WalwireConfig.Binary;
import io.walwire.internal.connection.publication.InexactColumns;
import java.sql.SQLException;

/** Whether streams are in binary, where that is decided by what is published. */
final class BinaryCheck implements Check {
    private final Subject subject;

    BinaryCheck(Subject subject) {
        this.subject = subject;
    }

    @Override
    public void look(Questions ask, Findings found) throws SQLException {
        if (subject.publications().isEmpty() || subject.config().binary() != Binary.AUTO) {
            return;
        }
        InexactColumns.first(ask.connection(), subject.publications())
                .ifPresent(why -> found.note(
                        "walwire.binary", "Values come as text, because " + why + ". Events are the same.", null));
    }
}
