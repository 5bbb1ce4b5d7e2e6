package io.walwire.kafka;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Names of topics. A role that may create a table chooses its name, and so a part of its topic's. Where records cannot go to that topic, they go
 * to one with another name, which no other table's records go to.
 */
final class TopicNames {
    private static final int LONGEST = 249;

    /** What Kafka allows, as its own message about a topic has it. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1," + LONGEST + "}");

    private static final Pattern OTHER_CHARACTER = Pattern.compile("[^A-Za-z0-9._-]");

    /** No record of a client's may be in them. */
    private static final Set<String> OF_BROKERS =
            Set.of("__consumer_offsets", "__transaction_state", "__share_group_state", "__cluster_metadata");

    private static final String SEPARATOR = "-";
    private static final int HASH_DIGITS = 64;

    private TopicNames() {}

    /** Whether Kafka allows it. */
    static boolean isValid(String topic) {
        return NAME.matcher(topic).matches() && !topic.equals(".") && !topic.equals("..");
    }

    /** The topic, if Kafka allows its name. */
    static String require(String topic) {
        if (!isValid(topic)) {
            throw new IllegalArgumentException(
                    topic
                            + " is not a valid name of a Kafka topic; a name has 1 to 249 letters (a-z, A-Z), digits, dots, underscores or hyphens");
        }
        return topic;
    }

    /**
     * The topic that records go to.
     *
     * @param wanted from a template or a function
     * @param reserved the topics of the sink's own records, of which a table's records could look like some
     * @return the same, where records can go there
     */
    static String writable(String wanted, Set<String> reserved) {
        return isValid(wanted) && !OF_BROKERS.contains(wanted) && !reserved.contains(wanted) ? wanted : escaped(wanted);
    }

    /** No name of PostgreSQL's is as long as the hash, so that no table can be named to get this topic. */
    static String escaped(String wanted) {
        String similar = OTHER_CHARACTER.matcher(wanted).replaceAll("_");
        int most = LONGEST - HASH_DIGITS - SEPARATOR.length();
        return similar.substring(0, Math.min(similar.length(), most)) + SEPARATOR + hash(wanted);
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
