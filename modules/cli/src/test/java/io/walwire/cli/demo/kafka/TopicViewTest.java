package io.walwire.cli.demo.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Set;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(600)
class TopicViewTest {
    private static Set<ObjectName> consumers() throws JMException {
        return ManagementFactory.getPlatformMBeanServer()
                .queryNames(new ObjectName("kafka.consumer:type=app-info,*"), null);
    }

    /** No broker is there: a consumer connects when it reads. */
    private static TopicView view() {
        return new TopicView("127.0.0.1:1", List.of("shop.public.products"), line -> {});
    }

    @Test
    void viewThatWasNotStarted_leavesNoConsumer() throws Exception {
        Set<ObjectName> before = consumers();
        try (TopicView view = view()) {
            assertThat(view.records("shop.public.products")).isZero();
            assertThat(consumers()).isNotEqualTo(before);
        }
        assertThat(consumers()).isEqualTo(before);
    }

    @Test
    void viewThatReads_leavesNoConsumer() throws Exception {
        Set<ObjectName> before = consumers();
        try (TopicView view = view()) {
            view.start();
            assertThat(consumers()).isNotEqualTo(before);
        }
        assertThat(consumers()).isEqualTo(before);
    }
}
