package io.walwire.spring.test;

import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestExecutionListener;

/** After each {@link WalwireTest}: a failure that it has not noticed fails it. Registered in {@code META-INF/spring.factories}. */
final class ResetAfterTest implements TestExecutionListener {
    ResetAfterTest() {}

    @Override
    public void afterTestMethod(TestContext test) {
        if (test.hasApplicationContext()) {
            test.getApplicationContext().getBeanProvider(Kits.class).ifAvailable(Kits::reset);
        }
    }
}
