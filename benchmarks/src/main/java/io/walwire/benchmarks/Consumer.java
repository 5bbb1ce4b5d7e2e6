package io.walwire.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Who drains a slot. */
enum Consumer {
    PG_RECVLOGICAL("pg_recvlogical to /dev/null"),
    BARE("bare pgJDBC loop, read(), nothing decoded"),
    WALWIRE_NONE("Walwire, no column read"),
    WALWIRE_ALL("Walwire, every column read"),
    WALWIRE_RECORDS("Walwire, mapped to records"),
    WALWIRE_JSON("Walwire, printed as JSON"),
    WALWIRE_TEXT("Walwire, every column read, text"),
    WALWIRE_SMALL("Walwire, every column read, -Xmx48m"),
    WALWIRE_TWO("Walwire, two columns read"),
    WALWIRE_HANDLERS("Walwire, no column read, a handler for each table"),
    BARE_UNIX("bare pgJDBC loop over a unix-domain socket"),
    WALWIRE_ALL_UNIX("Walwire, every column read, over a unix-domain socket"),
    NONE_BEFORE("the build before, no column read"),
    ALL_BEFORE("the build before, every column read"),
    DEBEZIUM_CONNECT("Debezium embedded, Connect format"),
    DEBEZIUM_JSON("Debezium embedded, JSON");

    private static final int USUAL_SPEED = 150_000;
    private static final int DEBEZIUM_SPEED = 40_000;

    private final String title;

    Consumer(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** Whether it comes over a unix-domain socket. */
    boolean isUnix() {
        return this == BARE_UNIX || this == WALWIRE_ALL_UNIX;
    }

    /** Whether it is the build that {@code --before} names. */
    boolean isBefore() {
        return this == NONE_BEFORE || this == ALL_BEFORE;
    }

    /** The key by which any build's JVM knows what to do. */
    String task() {
        return switch (this) {
            case NONE_BEFORE -> WALWIRE_NONE.key();
            case ALL_BEFORE -> WALWIRE_ALL.key();
            default -> key();
        };
    }

    String heap() {
        return this == WALWIRE_SMALL ? "-Xmx48m" : "-Xmx512m";
    }

    /** Events a second on a machine of two cores, to foretell how long a run takes. */
    int usualSpeed() {
        return this == DEBEZIUM_CONNECT || this == DEBEZIUM_JSON ? DEBEZIUM_SPEED : USUAL_SPEED;
    }

    /** Seconds that a turn takes beside its events: a JVM, and two slots. */
    double overhead() {
        return usualSpeed() == DEBEZIUM_SPEED ? 7 : 2.5;
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
