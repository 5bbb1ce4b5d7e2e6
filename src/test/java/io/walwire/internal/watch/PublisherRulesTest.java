package io.walwire.internal.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.watch.WatchEvent;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.SkipException;
import org.testng.annotations.Test;

/** Reactive Streams' own tests of publishers, which are TestNG's, each as one of ours. */
class PublisherRulesTest {
    /** A rule that wants more takes a few and leaves. */
    private static final int MAX_ELEMENTS = 10_000;

    private final List<Feed> feeds = new ArrayList<>();

    @AfterEach
    void close() {
        feeds.forEach(Feed::close);
    }

    @TestFactory
    Stream<DynamicTest> rules() {
        List<Method> rules = Stream.of(Verification.class.getMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .toList();
        assertThat(rules).hasSizeGreaterThan(30);
        return rules.stream().map(rule -> DynamicTest.dynamicTest(rule.getName(), () -> run(rule)));
    }

    private void run(Method rule) throws Throwable {
        Verification verification = new Verification(feeds);
        verification.setUp();
        try {
            rule.invoke(verification);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof SkipException skipped && !rule.getName().startsWith("required_")) {
                throw new TestAbortedException(skipped.getMessage());
            }
            throw e.getCause();
        }
    }

    /** Publishers whose subscribers get as many inserts as they ask for, and then the end. */
    static final class Verification extends FlowPublisherVerification<WatchEvent> {
        private final List<Feed> feeds;

        Verification(List<Feed> feeds) {
            super(new TestEnvironment(1_000, 200), 1_000);
            this.feeds = feeds;
        }

        @Override
        public long maxElementsFromPublisher() {
            return Integer.MAX_VALUE;
        }

        @Override
        public Flow.Publisher<WatchEvent> createFlowPublisher(long elements) {
            Feed feed = new Feed();
            feeds.add(feed);
            Flow.Publisher<WatchEvent> publisher =
                    feed.items().dropOldest(MAX_ELEMENTS).publisher();
            return subscriber -> {
                publisher.subscribe(subscriber);
                for (long id = 0; id < Math.min(elements, MAX_ELEMENTS); id++) {
                    feed.insert(id);
                }
                if (elements > 0 && elements <= MAX_ELEMENTS) {
                    feed.watches().complete(null);
                }
            };
        }

        /** Of an instance that has ended. */
        @Override
        public Flow.Publisher<WatchEvent> createFailedFlowPublisher() {
            Feed feed = new Feed();
            Flow.Publisher<WatchEvent> publisher = feed.items().publisher();
            feed.close();
            return publisher;
        }
    }
}
