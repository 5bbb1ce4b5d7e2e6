package io.walwire.spring;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.aot.hint.annotation.ReflectiveProcessor;

/** What a native image has to keep for a method: the method itself, and the record that its rows are read as. */
final class OnChangeHints implements ReflectiveProcessor {
    private final BindingReflectionHintsRegistrar binding = new BindingReflectionHintsRegistrar();

    @Override
    public void registerReflectionHints(ReflectionHints hints, AnnotatedElement element) {
        if (element instanceof Method method) {
            hints.registerMethod(method, ExecutableMode.INVOKE);
            ParameterShape shape = ParameterShape.of(method, method.getDeclaringClass());
            if (shape != null && shape.rowType() != null) {
                binding.registerReflectionHints(hints, shape.rowType());
            }
        }
    }
}
