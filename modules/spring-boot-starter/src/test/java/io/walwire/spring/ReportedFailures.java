package io.walwire.spring;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalysisReporter;

/** Keeps what Spring Boot shows of an application that did not start; registered in {@code META-INF/spring.factories}. */
final class ReportedFailures implements FailureAnalysisReporter {
    private static final AtomicReference<FailureAnalysis> LAST = new AtomicReference<>();

    @Override
    public void report(FailureAnalysis analysis) {
        LAST.set(analysis);
    }

    /** The last one, once. */
    static @Nullable FailureAnalysis take() {
        return LAST.getAndSet(null);
    }
}
