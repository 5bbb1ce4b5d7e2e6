package io.walwire.benchmarks;

import java.util.Arrays;
import java.util.List;

/** How the existing rows of a table are read. */
enum TableRead {
    COPY("COPY … TO STDOUT to /dev/null", true),
    NONE("Walwire, one reader, no column read", true),
    ALL("Walwire, one reader, every column read", true),
    ALL_TWO("Walwire, two readers, every column read", true),
    JSON("Walwire, one reader, printed as JSON", true),
    DEBEZIUM_1("Debezium, initial snapshot, 1 thread", true),
    DEBEZIUM_2("Debezium, initial snapshot, 2 threads", true),
    ALL_SMALL("Walwire, one reader, every column read, the smaller table", false),
    DEBEZIUM_INCREMENTAL("Debezium, incremental snapshot, the smaller table", false),
    STREAM("Walwire, as many inserts of the stream, every column read", true);

    private final String title;
    private final boolean large;

    TableRead(String title, boolean large) {
        this.title = title;
        this.large = large;
    }

    String title() {
        return title;
    }

    /** Which table. */
    String table() {
        return large ? "existing" : "existing_small";
    }

    boolean isLarge() {
        return large;
    }

    int readers() {
        return this == ALL_TWO ? 2 : 1;
    }

    /** With two threads, Debezium's snapshot of five million rows runs out of 2 GiB of memory. */
    String heap() {
        return this == DEBEZIUM_1 || this == DEBEZIUM_2 ? "-Xmx8g" : "-Xmx512m";
    }

    static List<TableRead> all() {
        return Arrays.asList(values());
    }
}
