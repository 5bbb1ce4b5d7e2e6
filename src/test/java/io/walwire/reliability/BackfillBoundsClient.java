package io.walwire.reliability;

import io.walwire.Walwire;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.ExecutionException;

/**
 * A process with a small heap that reads the existing rows of a table, and keeps one number of each. It says when it has the first
 * row, goes on when it is given a line, and says at the end how many rows it has, the sum of their numbers, and the most heap that
 * was ever in use.
 */
public final class BackfillBoundsClient {
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private static final int ABSENT = Integer.MIN_VALUE;

    private final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    private final int[] values;
    private boolean begun;

    private BackfillBoundsClient(int rows) {
        values = new int[rows + 1];
        Arrays.fill(values, ABSENT);
    }

    /**
     * Reads table item once.
     *
     * @param args a URL, and how many rows there are, whose ids begin at 1
     * @throws Exception if the run fails
     */
    public static void main(String[] args) throws Exception {
        BackfillBoundsClient client = new BackfillBoundsClient(Integer.parseInt(args[1]));
        try (Walwire walwire = Walwire.builder()
                .url(args[0])
                .publication("events")
                .set("walwire.buffer", "8MiB")
                .handler(on -> on.table("item").onUpsert(client::put))
                .start()) {
            client.read(walwire);
        }
    }

    private void read(Walwire walwire) throws InterruptedException, ExecutionException {
        walwire.backfill("item").start().completion().toCompletableFuture().get();
        if (!walwire.awaitCurrent(Duration.ofMinutes(20))) {
            throw new IllegalStateException("The stream does not come to its end");
        }
        long rows = 0;
        long sum = 0;
        for (int value : values) {
            if (value != ABSENT) {
                rows++;
                sum += value;
            }
        }
        OUT.println("rows " + rows + " sum " + sum);
        OUT.println("most heap used " + BoundsClient.mostUsed() + " MiB");
    }

    private void put(RowEvent<Row> event) throws IOException {
        if (!begun && event.kind() == Kind.READ) {
            begun = true;
            OUT.println("reading");
            in.readLine();
        }
        Row row = event.row();
        values[Objects.requireNonNull(row.getInt("id"))] = Objects.requireNonNull(row.getInt("v"));
    }
}
