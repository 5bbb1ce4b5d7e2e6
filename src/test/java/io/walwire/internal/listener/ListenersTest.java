package io.walwire.internal.listener;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.read.ListAppender;
import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.lifecycle.State;
import io.walwire.listener.WalwireListener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Listeners that throw, that call back, and that are slow. */
class ListenersTest {
    private final List<String> heard = new ArrayList<>();

    @Test
    void listenerThatThrows_isRemoved_othersHearOn_oneLineSaysSo() {
        WalwireListener broken = new WalwireListener() {
            @Override
            public void onConfirmed(Position position) {
                throw new NoClassDefFoundError("gone");
            }
        };
        Listeners listeners = new Listeners(List.of(broken, confirmed("a")));
        Logger logger = (Logger) LoggerFactory.getLogger(Listeners.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        try {
            listeners.each(listener -> listener.onConfirmed(new Lsn(1)));
            listeners.each(listener -> listener.onConfirmed(new Lsn(2)));
        } finally {
            logger.detachAppender(log);
        }
        assertThat(log.list)
                .filteredOn(line -> line.getLevel() == Level.ERROR)
                .extracting(ILoggingEvent::getFormattedMessage)
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .contains(broken.getClass().getName(), "failed and is not called any more", "gone"));
        assertThat(heard).containsExactly("a 0/1", "a 0/2");
        assertThat(listeners.isEmpty()).isFalse();
    }

    private WalwireListener confirmed(String name) {
        return new WalwireListener() {
            @Override
            public void onConfirmed(Position position) {
                heard.add(name + " " + position);
            }
        };
    }

    @Test
    void changesMadeByAListener_comeAfterTheOneThatItHears() {
        List<Listeners> all = new ArrayList<>();
        all.add(new Listeners(List.of(
                new WalwireListener() {
                    @Override
                    public void onStateChange(State before, State after) {
                        if (after == State.STREAMING) {
                            all.get(0).changed(State.STREAMING, State.STOPPED);
                            all.get(0).report();
                        }
                    }
                },
                states())));
        all.get(0).changed(State.STARTING, State.STREAMING);
        all.get(0).report();
        assertThat(heard).containsExactly("STARTING STREAMING", "STREAMING STOPPED");
    }

    @Test
    void logThatThrowsWhenAListenerFails_othersHearThatChange_andLaterOnes() {
        AppenderBase<ILoggingEvent> broken = new AppenderBase<>() {
            @Override
            public synchronized void doAppend(ILoggingEvent event) {
                throw new NoClassDefFoundError("the log is gone");
            }

            @Override
            protected void append(ILoggingEvent event) {}
        };
        Listeners listeners = new Listeners(List.of(
                new WalwireListener() {
                    @Override
                    public void onStateChange(State before, State after) {
                        throw new IllegalStateException("failed");
                    }
                },
                states()));
        Logger logger = (Logger) LoggerFactory.getLogger(Listeners.class);
        logger.addAppender(broken);
        try {
            listeners.changed(State.STARTING, State.STREAMING);
            listeners.report();
        } finally {
            logger.detachAppender(broken);
        }
        listeners.changed(State.STREAMING, State.STOPPED);
        listeners.report();
        assertThat(heard).containsExactly("STARTING STREAMING", "STREAMING STOPPED");
    }

    private WalwireListener states() {
        return new WalwireListener() {
            @Override
            public void onStateChange(State before, State after) {
                heard.add(before + " " + after);
            }
        };
    }

    @Test
    void slowListener_holdsUpNoOtherThread_andGetsAllChangesInOrder() throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Listeners listeners = new Listeners(List.of(states(), new WalwireListener() {
            @Override
            public void onStateChange(State before, State after) {
                called.countDown();
                awaitUninterrupted(goOn);
            }
        }));
        listeners.changed(State.STARTING, State.STREAMING);
        CompletableFuture<Void> first = CompletableFuture.runAsync(listeners::report);
        called.await();
        listeners.changed(State.STREAMING, State.STOPPED);
        listeners.report(); // returns, although the other one is not finished
        assertThat(first).isNotDone();
        goOn.countDown();
        first.get(20, TimeUnit.SECONDS);
        assertThat(heard).containsExactly("STARTING STREAMING", "STREAMING STOPPED");
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
