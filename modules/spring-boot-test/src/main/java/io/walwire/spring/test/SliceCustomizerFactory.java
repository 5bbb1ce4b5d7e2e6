package io.walwire.spring.test;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.test.context.TestContextAnnotationUtils;

/** Makes the context of a {@link WalwireTest} small. Registered in {@code META-INF/spring.factories}. */
final class SliceCustomizerFactory implements ContextCustomizerFactory {
    SliceCustomizerFactory() {}

    @Override
    public @Nullable ContextCustomizer createContextCustomizer(
            Class<?> testClass, List<ContextConfigurationAttributes> configuration) {
        WalwireTest test = TestContextAnnotationUtils.findMergedAnnotation(testClass, WalwireTest.class);
        return test == null
                ? null
                : new Slice(Arrays.stream(test.handlers()).map(Class::getName).collect(Collectors.toUnmodifiableSet()));
    }

    /** Part of the key by which Spring finds a context again. */
    private record Slice(Set<String> handlers) implements ContextCustomizer {
        @Override
        public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration merged) {
            TestPropertyValues.of("spring.boot.enableautoconfiguration=false", "walwire.enabled=true")
                    .applyTo(context);
            context.getBeanFactory().registerSingleton(HandlersOnly.class.getName(), new HandlersOnly(handlers));
        }
    }
}
