package io.walwire.spring.test;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.test.context.SpringBootTestContextBootstrapper;
import org.springframework.test.context.TestContextAnnotationUtils;

/** Finds the application as {@code @SpringBootTest} does. Created by Spring. */
final class WalwireTestBootstrapper extends SpringBootTestContextBootstrapper {
    WalwireTestBootstrapper() {}

    @Override
    protected String @Nullable [] getProperties(Class<?> testClass) {
        WalwireTest test = TestContextAnnotationUtils.findMergedAnnotation(testClass, WalwireTest.class);
        return test == null ? null : test.properties();
    }
}
