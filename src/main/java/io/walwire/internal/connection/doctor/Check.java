package io.walwire.internal.connection.doctor;

import java.sql.SQLException;

/** One look at one thing. */
@FunctionalInterface
interface Check {
    /**
     * Looks, and says what it found.
     *
     * @throws SQLException if the catalog does not answer, such as for want of a privilege
     */
    void look(Questions ask, Findings found) throws SQLException;
}
