package io.walwire.kafka;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.ApplicationRecoverableException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.BootstrapResolutionException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.InvalidTxnTimeoutException;
import org.apache.kafka.common.errors.LeaderNotAvailableException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** What an exception of Kafka's clients means, and what a user is to do about it. */
final class KafkaFailure {
    private static final int MAX_CAUSES = 10;
    private static final String PRODUCER = "walwire.kafka.producer.";

    private KafkaFailure() {}

    /** What the sink does about a failure. */
    enum Kind {
        /** Ends. */
        FINAL,
        /** Ends, unless the coordinator may have ended the transaction by itself. */
        FENCED,
        /** Begins again with a new producer. */
        PASSING
    }

    static Kind kind(Throwable failure) {
        if (has(failure, UnknownTopicOrPartitionException.class)
                || has(failure, InterruptException.class)
                || failure instanceof WalwireException) {
            return Kind.FINAL;
        }
        if (has(failure, ProducerFencedException.class)
                || has(failure, InvalidProducerEpochException.class)
                || has(failure, FencedInstanceIdException.class)) {
            return Kind.FENCED;
        }
        boolean passes = has(failure, RetriableException.class)
                || has(failure, TransactionAbortableException.class)
                || has(failure, InvalidTxnStateException.class)
                || has(failure, OutOfOrderSequenceException.class)
                || has(failure, InvalidPidMappingException.class)
                || has(failure, ApplicationRecoverableException.class);
        return passes ? Kind.PASSING : Kind.FINAL;
    }

    /** As {@link #kind}, after the settings have worked once: then names of brokers that cannot be resolved pass. */
    static Kind kindOnceOpen(Throwable failure) {
        boolean own = failure instanceof WalwireException || has(failure, InterruptException.class);
        boolean unresolved = has(failure, ConfigException.class) || has(failure, BootstrapResolutionException.class);
        return unresolved && !own ? Kind.PASSING : kind(failure);
    }

    static boolean has(Throwable failure, Class<? extends Throwable> type) {
        Throwable cause = failure;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++, cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }

    /** The failure as users see it. The sink's own are as they are. */
    static WalwireException explained(Throwable failure, KafkaOptions options) {
        if (failure instanceof WalwireException known) {
            return known;
        }
        return new WalwireException(ErrorCode.SINK, text(failure), advice(failure, options), failure);
    }

    /** The message of the exception that says most: wrappers say that there was one. */
    static String text(Throwable failure) {
        Throwable shown = failure;
        for (int i = 0; i < MAX_CAUSES && shown.getCause() != null && isWrapper(shown); i++) {
            shown = shown.getCause();
        }
        String message = String.valueOf(shown.getMessage()).strip();
        return shown.getClass().getSimpleName() + ": " + message + (message.endsWith(".") ? "" : ".");
    }

    private static boolean isWrapper(Throwable failure) {
        return failure instanceof ExecutionException
                || failure instanceof CompletionException
                || failure.getClass().equals(KafkaException.class);
    }

    private static @Nullable String advice(Throwable failure, KafkaOptions options) {
        if (has(failure, UnknownTopicOrPartitionException.class)) {
            return "Create the topic, or let the brokers create topics (auto.create.topics.enable).";
        } else if (has(failure, AuthenticationException.class)) {
            return "The brokers refuse the client: look at " + PRODUCER + "security.protocol and " + PRODUCER
                    + "sasl.*.";
        } else if (has(failure, AuthorizationException.class)) {
            return "The client needs Write and Describe on its topics, Read, Write, Describe and DescribeConfigs on "
                    + options.positions() + " (and Create, if that topic is missing), and Write and Describe on its"
                    + " transactional.id, which begins with walwire-. walwire doctor prints the commands that give the rights.";
        } else if (isTransactionTooLong(failure)) {
            return "The brokers allow less: lower " + PRODUCER + "transaction.timeout.ms, which is "
                    + options.transactionMillis() + ", or raise the brokers' transaction.max.timeout.ms.";
        } else if (has(failure, RecordTooLargeException.class)) {
            return "Raise max.message.bytes of the topic and " + PRODUCER
                    + "max.request.size, or leave the large column out of the publication.";
        } else if (has(failure, InvalidTopicException.class)) {
            return "Choose another topic.";
        } else if (has(failure, InvalidRecordException.class)) {
            return "A compacted topic needs a key: give the table a primary key, or its topic cleanup.policy=delete.";
        } else if (kind(failure) == Kind.FENCED) {
            return "Another instance with the same server, database and slot has taken over. If there is none, the"
                    + " brokers have ended the transaction after " + PRODUCER + "transaction.timeout.ms.";
        } else if (has(failure, LeaderNotAvailableException.class)) {
            return "Look whether all brokers run, and whether the topic is still there (kafka-topics.sh --describe).";
        } else if (has(failure, RetriableException.class)) {
            return noBroker(options);
        }
        return has(failure, ConfigException.class)
                ? "Correct walwire.kafka.bootstrap, or the setting " + PRODUCER + "NAME that this names."
                : null;
    }

    /** The producer wraps the brokers' refusal in an exception without a type of its own. */
    private static boolean isTransactionTooLong(Throwable failure) {
        return has(failure, InvalidTxnTimeoutException.class)
                || String.valueOf(failure.getMessage()).contains("transaction.max.timeout.ms");
    }

    private static String noBroker(KafkaOptions options) {
        return "No broker of walwire.kafka.bootstrap (" + options.bootstrap()
                + ") answers. Look whether Kafka runs, and whether its advertised.listeners can be reached from here.";
    }

    /** Of a topic that was there: a broker has not heard of it yet. Passes, unlike the brokers' own answer, which is not its cause. */
    static LeaderNotAvailableException unknownForNow(String topic, UnknownTopicOrPartitionException answer) {
        LeaderNotAvailableException failure =
                new LeaderNotAvailableException("The brokers do not know the topic " + topic + ", which was there.");
        failure.addSuppressed(answer);
        return failure;
    }

    static WalwireException emptyName(String table) {
        return new WalwireException(
                ErrorCode.SINK,
                "The topic of table " + table + " has an empty name.",
                "Correct the function of KafkaSink.builder().topic(event -> …).");
    }

    static WalwireException tooLarge(String what, String topic, int bytes, int most) {
        return new WalwireException(
                ErrorCode.SINK,
                "The record of " + what + " for topic " + topic + " has " + bytes + " bytes; " + PRODUCER
                        + "max.request.size is " + most + ".",
                "Raise it, and max.message.bytes of the topic, or leave the large column out of the publication.");
    }

    /** A format of values, or a compression, is there without what it needs. */
    static WalwireException missingClass(LinkageError failure, KafkaOptions options) {
        return new WalwireException(
                ErrorCode.SINK,
                "A class is missing: " + failure.getMessage() + ".",
                "Add the library that has it. The format of the values, "
                        + options.value().getClass().getName() + ", or " + PRODUCER + "compression.type needs it.",
                failure);
    }

    static WalwireException moved(String expected, String found) {
        return new WalwireException(
                ErrorCode.SINK,
                "Another instance has moved the position in Kafka from " + expected + " to " + found + ".",
                "Let one instance at a time read the slot.");
    }
}
