package io.walwire.internal.connection.doctor;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was found so far. */
final class Findings {
    private final List<Finding> found = new ArrayList<>();

    void error(String where, String what, @Nullable String sql) {
        found.add(new Finding(Severity.ERROR, what, where, sql));
    }

    void warning(String where, String what, @Nullable String sql) {
        found.add(new Finding(Severity.WARNING, what, where, sql));
    }

    void note(String where, String what, @Nullable String sql) {
        found.add(new Finding(Severity.NOTE, what, where, sql));
    }

    /** The worst first; equally bad ones in the order in which they were found. */
    List<Finding> sorted() {
        return found.stream().sorted(Comparator.comparing(Finding::severity)).toList();
    }
}
