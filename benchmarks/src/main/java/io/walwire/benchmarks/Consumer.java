package io.walwire.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Who drains a slot. */
enum Consumer {
    PG_RECVLOGICAL("pg_recvlogical to /dev/null", false),
    BARE("bare pgJDBC loop, read(), nothing decoded", false),
    WALWIRE_NONE("Walwire, no column read", false),
    WALWIRE_ALL("Walwire, every column read", false),
    WALWIRE_RECORDS("Walwire, mapped to records", false),
    WALWIRE_JSON("Walwire, printed as JSON", false),
    WALWIRE_BINARY("Walwire, every column read, binary", false),
    BARE_UNIX("bare pgJDBC loop over a unix-domain socket", true),
    WALWIRE_ALL_UNIX("Walwire, every column read, over a unix-domain socket", true),
    DEBEZIUM_CONNECT("Debezium embedded, Connect format", false),
    DEBEZIUM_JSON("Debezium embedded, JSON", false);

    private final String title;
    private final boolean unix;

    Consumer(String title, boolean unix) {
        this.title = title;
        this.unix = unix;
    }

    String title() {
        return title;
    }

    /** Whether it comes over a unix-domain socket. */
    boolean isUnix() {
        return unix;
    }

    String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Consumer of(String key) {
        return Arrays.stream(values())
                .filter(each -> each.key().equals(key))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("No consumer \"" + key + "\"; there are " + keys()));
    }

    static List<String> keys() {
        return Arrays.stream(values()).map(Consumer::key).toList();
    }
}
