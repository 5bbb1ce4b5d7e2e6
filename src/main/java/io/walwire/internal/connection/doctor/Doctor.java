package io.walwire.internal.connection.doctor;

import io.walwire.doctor.Finding;
import io.walwire.internal.connection.server.ServerErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Examines a database for an instance, without changing anything. */
public final class Doctor {
    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    private final Subject subject;

    /**
     * A doctor for one instance.
     *
     * @param subject what is examined
     */
    public Doctor(Subject subject) {
        this.subject = subject;
    }

    /**
     * Looks at everything. That the server cannot be reached is a finding, too.
     *
     * @return what was found, worst first; empty if all is well
     */
    public List<Finding> examine() {
        Findings found = new Findings();
        String where = subject.database().display();
        try (Connection connection = subject.database().open()) {
            Questions ask = new Questions(connection);
            for (Check check : List.of(
                    new ServerCheck(subject),
                    new CapacityCheck(subject),
                    new RoleCheck(subject),
                    new UnnamedCheck(subject),
                    new PublicationCheck(subject),
                    new TableCheck(subject),
                    new BinaryCheck(subject),
                    new SlotCheck(subject),
                    new AgeCheck(subject),
                    new LetterTableCheck(subject),
                    new BackfillCheck(subject),
                    new FailoverCheck(subject))) {
                look(check, ask, found);
            }
        } catch (SQLException e) {
            found.error(
                    where,
                    ServerErrors.explain(e, "connecting", subject.database()).explanation(),
                    null);
        }
        return found.sorted();
    }

    private void look(Check check, Questions ask, Findings found) throws SQLException {
        try {
            check.look(ask, found);
        } catch (SQLException e) {
            if (!INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
                throw e;
            }
            found.note(
                    "role " + subject.database().user(),
                    "The role may not see all of what " + check.getClass().getSimpleName() + " looks at: "
                            + ServerErrors.said(e),
                    null);
        }
    }
}
