package io.walwire.cli;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code walwire doctor}. */
@Command(
        name = "doctor",
        description = {
            "Examines a database and prints each finding with the SQL that fixes it. Changes nothing.",
            "Ends with 1 if Walwire cannot stream from it."
        })
final class DoctorCommand implements Callable<Integer> {
    private static final String INDENT = "         ";

    private final PrintStream out;
    private final Map<String, String> environment;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Mixin
    private BackfillOption backfill = new BackfillOption();

    DoctorCommand(PrintStream out, Map<String, String> environment) {
        this.out = out;
        this.environment = environment;
    }

    @Override
    public Integer call() {
        List<Finding> findings = backfill.in(connection.builderWithoutHandlers(environment), connection, environment)
                .check();
        findings.forEach(this::print);
        long errors = count(findings, Severity.ERROR);
        out.println(
                errors > 0
                        ? "Walwire cannot stream: " + counted(errors, "error") + " to correct first."
                        : "Walwire can stream"
                                + (findings.isEmpty()
                                        ? ". No findings."
                                        : ": " + counted(count(findings, Severity.WARNING), "warning") + ", "
                                                + counted(count(findings, Severity.NOTE), "note") + "."));
        return errors > 0 ? 1 : 0;
    }

    private static String counted(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private static long count(List<Finding> findings, Severity severity) {
        return findings.stream()
                .filter(finding -> finding.severity() == severity)
                .count();
    }

    private void print(Finding finding) {
        out.println(String.format(Locale.ROOT, "%-8s %s", finding.severity(), finding.where()));
        out.println(INDENT + finding.what());
        if (finding.sql() != null) {
            out.println(INDENT + "run: " + finding.sql());
        }
        out.println();
    }
}
