package io.walwire.kafka;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.requests.ResponseHeader;
import org.jspecify.annotations.Nullable;

/**
 * A topic that is unknown by the answers to admin clients of sinks, as if these had asked a broker that is behind the controller. The
 * other clients have asked another one.
 */
final class HiddenTopic {
    private static final short UNKNOWN = Errors.UNKNOWN_TOPIC_OR_PARTITION.code();

    private final String name;
    private final AtomicInteger answers = new AtomicInteger();

    HiddenTopic(String name) {
        this.name = name;
    }

    /** How many answers have said so. */
    int answers() {
        return answers.get();
    }

    /** A request of an admin client about topics. */
    record Asked(ApiKeys kind, short version) {
        private static final int CLIENT_AT = Short.BYTES + Short.BYTES + Integer.BYTES;

        /** Null for any other request. */
        static @Nullable Asked of(byte[] request) {
            ByteBuffer header = ByteBuffer.wrap(request);
            short id = header.getShort();
            short version = header.getShort();
            for (ApiKeys kind : List.of(ApiKeys.METADATA, ApiKeys.DESCRIBE_TOPIC_PARTITIONS)) {
                if (kind.id == id && client(header).endsWith("-admin")) {
                    return new Asked(kind, version);
                }
            }
            return null;
        }

        private static String client(ByteBuffer header) {
            byte[] client = new byte[Math.max(0, header.getShort(CLIENT_AT))];
            header.get(CLIENT_AT + Short.BYTES, client);
            return new String(client, StandardCharsets.UTF_8);
        }
    }

    /** An answer without the topic. */
    byte[] without(byte[] answer, Asked asked) {
        ByteBuffer in = ByteBuffer.wrap(answer);
        ResponseHeader header = ResponseHeader.parse(in, asked.kind().responseHeaderVersion(asked.version()));
        ApiMessage changed = asked.kind() == ApiKeys.METADATA ? metadata(in, asked) : description(in, asked);
        ByteBuffer out = RequestUtils.serialize(header.data(), header.headerVersion(), changed, asked.version());
        byte[] bytes = new byte[out.remaining()];
        out.get(bytes);
        return bytes;
    }

    private MetadataResponseData metadata(ByteBuffer in, Asked asked) {
        MetadataResponseData data = new MetadataResponseData(new ByteBufferAccessor(in), asked.version());
        MetadataResponseTopic topic = data.topics().find(name);
        if (topic != null) {
            topic.setErrorCode(UNKNOWN).setPartitions(List.of());
            answers.incrementAndGet();
        }
        return data;
    }

    private DescribeTopicPartitionsResponseData description(ByteBuffer in, Asked asked) {
        DescribeTopicPartitionsResponseData data =
                new DescribeTopicPartitionsResponseData(new ByteBufferAccessor(in), asked.version());
        DescribeTopicPartitionsResponseTopic topic = data.topics().find(name);
        if (topic != null) {
            topic.setErrorCode(UNKNOWN).setPartitions(List.of());
            answers.incrementAndGet();
        }
        return data;
    }
}
