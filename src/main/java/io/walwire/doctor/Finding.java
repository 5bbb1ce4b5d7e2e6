package io.walwire.doctor;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One thing that the doctor found. Never holds row values or passwords.
 *
 * @param severity how bad it is
 * @param what what is the matter and what comes of it, in a sentence for people; its text may change
 * @param where the server, role, publication, table or slot that it is about
 * @param sql statements that solve the problem, to be run by a role that may; fill in what is in angle brackets; null where SQL
 *     does not solve it
 */
public record Finding(
        Severity severity,
        String what,
        String where,
        @Nullable String sql) {
    /**
     * A finding.
     *
     * @param severity how bad it is
     * @param what what is the matter
     * @param where what it is about
     * @param sql statements that solve the problem, or null
     */
    public Finding {
        Objects.requireNonNull(severity, "severity");
        Objects.requireNonNull(what, "what");
        Objects.requireNonNull(where, "where");
    }
}
