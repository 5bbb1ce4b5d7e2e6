package io.walwire.internal.config;

import java.util.Arrays;
import java.util.Optional;

/** Every property there is, beside {@link DriverProperties#PREFIX} and {@link WalwireConfig#KAFKA}. */
enum Key {
    URL("url"),
    HOST("host"),
    PORT("port"),
    DATABASE("database"),
    USER("user"),
    PASSWORD("password"),
    NAME("name"),
    SOURCE("source"),
    PUBLICATION("publication"),
    PUBLICATION_MANAGE("publication.manage"),
    PUBLICATION_WAIT("publication.wait"),
    SUBSCRIPTIONS("subscriptions"),
    SLOT_NAME("slot.name"),
    SLOT_DURABLE("slot.durable"),
    SLOT_BUSY("slot.busy"),
    SLOT_FAILOVER("slot.failover"),
    SLOT_LOST("slot.lost"),
    SLOT_MAX_RETAINED("slot.max-retained"),
    SLOT_MAX_RETAINED_ACTION("slot.max-retained.action"),
    SLOT_MAX_RETAINED_INTERVAL("slot.max-retained.interval"),
    START_WAIT("start.wait"),
    CLOSE_TIMEOUT("close.timeout"),
    HANDLERS("handlers"),
    HANDLERS_PACKAGE("handlers.package"),
    OLD_RECORD("old-record"),
    MESSAGES("messages"),
    ORIGIN("origin"),
    PROTOCOL("protocol"),
    STREAMING("streaming"),
    TWO_PHASE("two-phase"),
    BINARY("binary"),
    FAILURE("failure"),
    FAILURE_RETRIES("failure.retries"),
    DEAD_LETTERS("dead-letters"),
    CONNECT_TIMEOUT("connect.timeout"),
    CONCURRENCY("concurrency"),
    FUNCTION_THREADS("function.threads"),
    ASYNC_LIMIT("async.limit"),
    BUFFER("buffer"),
    VISIBLE("visible"),
    HEALTH_SILENCE("health.silence"),
    COALESCE("coalesce"),
    RECORD("record"),
    BACKFILL("backfill"),
    BACKFILL_ORDER("backfill.order"),
    BACKFILL_READERS("backfill.readers"),
    BACKFILL_CHUNK("backfill.chunk"),
    BACKFILL_RATE("backfill.rate"),
    TRIGGERS_MANAGE("triggers.manage"),
    TRIGGERS_SCHEMA("triggers.schema"),
    TRIGGERS_ALWAYS("triggers.always"),
    TRIGGERS_NOTIFY("triggers.notify"),
    TRIGGERS_RETENTION("triggers.retention"),
    TRIGGERS_LOCK_TIMEOUT("triggers.lock-timeout"),
    TRIGGERS_SESSION_POOLER("triggers.session-pooler"),
    SSL_MODE("ssl.mode"),
    SSL_ROOT_CERTIFICATE("ssl.root-certificate"),
    SSL_CERTIFICATE("ssl.certificate"),
    SSL_KEY("ssl.key"),
    SSL_KEY_PASSWORD("ssl.key-password");

    static final String PREFIX = "walwire.";

    private final String name;

    Key(String name) {
        this.name = name;
    }

    /** The property in full. */
    String property() {
        return PREFIX + name;
    }

    /** The property without {@link #PREFIX}. */
    String shortName() {
        return name;
    }

    static Optional<Key> of(String property) {
        return Arrays.stream(values())
                .filter(key -> key.property().equals(property))
                .findFirst();
    }

    @Override
    public String toString() {
        return property();
    }
}
