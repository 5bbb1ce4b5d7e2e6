import io.walwire.internal.sink.SinkProvider;
import io.walwire.internal.source.SourceProvider;

/**
 * Lets PostgreSQL call the application's handlers when its rows change. {@link io.walwire.Walwire} is where to begin.
 *
 * <p>A module that maps rows to records of its own opens their package to {@code io.walwire}. The packages below
 * {@code io.walwire.internal} are for Walwire's own modules alone.
 */
@SuppressWarnings({"module", "requires-automatic", "requires-transitive-automatic"})
module io.walwire {
    requires transitive java.sql;
    requires transitive org.jspecify;
    requires com.fasterxml.jackson.databind;
    requires org.postgresql.jdbc;
    requires org.slf4j;

    exports io.walwire;
    exports io.walwire.backfill;
    exports io.walwire.checkpoint;
    exports io.walwire.config;
    exports io.walwire.deadletter;
    exports io.walwire.doctor;
    exports io.walwire.error;
    exports io.walwire.event;
    exports io.walwire.handler;
    exports io.walwire.lifecycle;
    exports io.walwire.listener;
    exports io.walwire.mapping;
    exports io.walwire.sink;
    exports io.walwire.watch;
    exports io.walwire.internal.backfill to
            io.walwire.testkit,
            io.walwire.triggers;
    exports io.walwire.internal.codec to
            io.walwire.kafka,
            io.walwire.testkit;
    exports io.walwire.internal.concurrent to
            io.walwire.cli,
            io.walwire.kafka,
            io.walwire.testkit;
    exports io.walwire.internal.config to
            io.walwire.cli,
            io.walwire.triggers;
    exports io.walwire.internal.connection.catalog to
            io.walwire.testkit,
            io.walwire.triggers;
    exports io.walwire.internal.connection.publication to
            io.walwire.triggers;
    exports io.walwire.internal.connection.server to
            io.walwire.cli,
            io.walwire.testkit,
            io.walwire.triggers;
    exports io.walwire.internal.letter to
            io.walwire.cli;
    exports io.walwire.internal.log to
            io.walwire.cli,
            io.walwire.kafka,
            io.walwire.triggers;
    exports io.walwire.internal.pgoutput to
            io.walwire.testkit,
            io.walwire.triggers;
    exports io.walwire.internal.recording to
            io.walwire.testkit;
    exports io.walwire.internal.replication to
            io.walwire.testkit,
            io.walwire.triggers,
            org.postgresql.jdbc;
    exports io.walwire.internal.sink to
            io.walwire.kafka;
    exports io.walwire.internal.socket to
            io.walwire.triggers,
            org.postgresql.jdbc;
    exports io.walwire.internal.source to
            io.walwire.testkit,
            io.walwire.triggers;
    exports io.walwire.internal.text to
            io.walwire.cli,
            io.walwire.kafka,
            io.walwire.testkit,
            io.walwire.triggers;
    exports io.walwire.internal.transaction to
            io.walwire.testkit,
            io.walwire.triggers;
    exports io.walwire.internal.undecided to
            io.walwire.testkit;
    exports io.walwire.internal.watch to
            io.walwire.cli,
            io.walwire.testkit,
            io.walwire.triggers;

    uses SinkProvider;
    uses SourceProvider;
}
