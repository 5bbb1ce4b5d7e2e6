package io.walwire.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.walwire.cli.pretty.Amounts;
import io.walwire.cli.pretty.Palette;
import io.walwire.cli.pretty.ProgressBar;
import io.walwire.cli.pretty.Screen;
import io.walwire.cli.signal.Signals;
import io.walwire.internal.text.Printable;
import java.io.IOException;
import java.io.PrintStream;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code walwire backfill list}. */
@Command(name = "list", description = "Lists the runs of all slots, or of --slot, with how far each has come.")
final class BackfillList extends OnBackfillRows {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    @Option(names = "--json", order = 20, description = "Print each run as one line of JSON.")
    private boolean isJson;

    @Option(
            names = "--watch",
            order = 21,
            description =
                    "Go on until the runs have ended: a bar on a terminal, lines elsewhere, with --json a line whenever one has come"
                            + " farther. The exit code is 1 if one fails or is cancelled.")
    private boolean isWatch;

    private final Signals signals;

    BackfillList(PrintStream out, PrintStream err, Map<String, String> environment, Signals signals) {
        super(out, err, environment);
        this.signals = signals;
    }

    @Override
    int work(BackfillRows rows, BackfillSlots slots, Runs runs) throws SQLException, IOException {
        List<BackfillRows.Run> all = runs.now();
        if (isWatch) {
            boolean isTerminal = Palette.isTerminal() && !isJson;
            return new BackfillWatch(new Screen(out, isTerminal), isJson, signals).watch(runs, all);
        }
        for (BackfillRows.Run run : all) {
            out.println(isJson ? json(run, null) : line(run));
        }
        if (all.isEmpty()) {
            err.println("there are no runs");
        }
        if (all.stream().anyMatch(run -> run.state().equals("requested") && Boolean.TRUE.equals(run.active()))) {
            err.println(
                    "An instance that streams takes up a requested run within two seconds. One with a JdbcCheckpoint in"
                            + " another database looks for it there: name that with --progress-url.");
        }
        return 0;
    }

    /** A run as one line for people. */
    static String line(BackfillRows.Run run) {
        String size = run.goesOn() && run.totalBytes() > 0
                ? " of a table of " + Amounts.bytes(run.totalBytes()) + " on disk"
                : "";
        String condition = run.where() == null ? "" : "  where " + run.where();
        String problem = run.problem() == null ? "" : "  " + TerminalText.line(run.problem());
        return Printable.of(String.format(
                Locale.ROOT,
                "%-9s  %s  slot %s  run %s  %s, %s%s%s%s",
                run.shownState(),
                run.table(),
                run.slot(),
                run.id(),
                Amounts.rows(run.rows()),
                Amounts.bytes(run.bytes()),
                size,
                condition,
                problem));
    }

    /** A run as one line of JSON; how fast it is read if that is known. */
    static String json(BackfillRows.Run run, @Nullable ProgressBar pace) throws JsonProcessingException {
        ObjectNode json = JSON.createObjectNode()
                .put("system_id", run.systemId())
                .put("slot", run.slot())
                .put("run", run.id())
                .put("table", run.table())
                .put("state", run.state())
                .put("wanted", run.wanted())
                .put("active", run.active())
                .put("where", run.where())
                .put("rows", run.rows())
                .put("bytes", run.bytes())
                .put("total_bytes", run.totalBytes())
                .put("problem", run.problem())
                .put("updated_at", run.updatedAt());
        json.set("handlers", handlers(run));
        if (pace != null) {
            json.put("rows_per_second", Math.round(pace.rowsPerSecond()));
            json.put(
                    "seconds_left",
                    pace.timeLeft() == null ? null : pace.timeLeft().toSeconds());
        }
        return Printable.of(JSON.writeValueAsString(json));
    }

    /** Null for all; as text if Walwire has not written it: what is too deep to be written would hide all runs. */
    private static @Nullable JsonNode handlers(BackfillRows.Run run) {
        String text = run.handlers();
        if (text == null) {
            return null;
        }
        try {
            JsonNode names = JSON.readTree(text);
            boolean known = names.isArray() && names.valueStream().allMatch(JsonNode::isTextual);
            return known ? names : TextNode.valueOf(text);
        } catch (JsonProcessingException e) {
            return TextNode.valueOf(text);
        }
    }
}
