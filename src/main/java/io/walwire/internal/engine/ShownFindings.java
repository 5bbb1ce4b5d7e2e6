package io.walwire.internal.engine;

import io.walwire.doctor.Finding;
import io.walwire.internal.text.Printable;
import io.walwire.internal.text.PrintableSql;
import java.util.Comparator;
import java.util.List;

/** The doctor's findings as users get them: no name in them breaks a line or reaches a terminal as a command, and their SQL works. */
final class ShownFindings {
    private ShownFindings() {}

    /** Worst first. */
    static List<Finding> of(List<Finding> findings) {
        return findings.stream()
                .sorted(Comparator.comparing(Finding::severity))
                .map(ShownFindings::of)
                .toList();
    }

    private static Finding of(Finding finding) {
        String sql = finding.sql();
        return new Finding(
                finding.severity(),
                Printable.of(finding.what()),
                Printable.of(finding.where()),
                sql == null ? null : PrintableSql.of(sql));
    }
}
