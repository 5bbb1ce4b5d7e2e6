package io.walwire.spring;

import io.walwire.event.Kind;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationAttributes;
import org.springframework.scheduling.annotation.Async;

/** What is wrong with an {@link OnChange} method, by its declaration alone, and what to do. */
final class MethodCheck {
    static final String TAKES = "it must take one event, row or record, or a list of these: see @OnChange";

    /** The annotations, by name, because the application may have neither class. */
    private static final Set<String> TRANSACTIONAL =
            Set.of("org.springframework.transaction.annotation.Transactional", "jakarta.transaction.Transactional");

    /** Values that begin no transaction. Jakarta calls this setting the type; Spring calls it the propagation. */
    private static final Set<String> WITHOUT_TRANSACTION = Set.of("SUPPORTS", "NOT_SUPPORTED", "NEVER");

    private MethodCheck() {}

    /**
     * The first fault.
     *
     * @param type of the bean
     * @param shape null if the method takes something else
     * @return the rest of a sentence; null if there is none
     */
    static @Nullable String fault(Method method, Class<?> type, OnChange declared, @Nullable ParameterShape shape) {
        if (Modifier.isPrivate(method.getModifiers()) || Modifier.isStatic(method.getModifiers())) {
            return "it must be neither private nor static, so that it can be called through the bean's proxy";
        }
        String returns = returnFault(method, type);
        if (returns != null) {
            return returns;
        }
        if (shape == null) {
            return TAKES;
        }
        if (shape.list() && method.getReturnType() != void.class) {
            return "it takes a list, so it must return void; take one event or row to return a CompletionStage";
        }
        if (declared.table().isBlank()) {
            return "the table is missing; write @OnChange(table = \"users\")";
        }
        return kindFault(declared, shape);
    }

    private static @Nullable String returnFault(Method method, Class<?> type) {
        Class<?> returned = method.getReturnType();
        boolean stage = CompletionStage.class.isAssignableFrom(returned);
        if (returned != void.class && !stage) {
            return "it must return void, since its return confirms the change, or a CompletionStage, whose completion does";
        }
        if (has(Async.class, method, type)) {
            return stage ? asyncStageFault(returned) : asyncFault();
        }
        return stage && isTransactional(method, type)
                ? "it must not be @Transactional: the transaction would end when the method returns, before its stage"
                        + " completes. Return void, or do the work in a @Transactional method of another bean that"
                        + " completes the stage"
                : null;
    }

    private static String asyncFault() {
        return "it must not be @Async: it would return, and confirm the change, before its work is done."
                + " Return a CompletableFuture, or remove @Async;"
                + " walwire.concurrency calls handlers for several rows in parallel";
    }

    /** Spring runs an {@code @Async} method elsewhere only where it can make what the method returns. */
    private static @Nullable String asyncStageFault(Class<?> returned) {
        return returned == CompletableFuture.class
                ? null
                : "it is @Async, so it must return a CompletableFuture, not a " + returned.getSimpleName();
    }

    private static boolean has(Class<Async> annotation, Method method, Class<?> type) {
        return AnnotatedElementUtils.hasAnnotation(method, annotation)
                || AnnotatedElementUtils.hasAnnotation(type, annotation);
    }

    /** The method's own annotation wins over its class's. */
    private static boolean isTransactional(Method method, Class<?> type) {
        AnnotationAttributes own = transactional(method);
        AnnotationAttributes found = own != null ? own : transactional(type);
        if (found == null) {
            return false;
        }
        Object propagation = found.containsKey("propagation") ? found.get("propagation") : found.get("value");
        return !WITHOUT_TRANSACTION.contains(String.valueOf(propagation));
    }

    private static @Nullable AnnotationAttributes transactional(AnnotatedElement element) {
        for (String name : TRANSACTIONAL) {
            AnnotationAttributes found =
                    AnnotatedElementUtils.findMergedAnnotationAttributes(element, name, false, false);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static @Nullable String kindFault(OnChange declared, ParameterShape shape) {
        for (Kind kind : declared.kinds()) {
            if (!shape.kinds().contains(kind)) {
                return "its parameter cannot be called with " + kind + ", only with " + shape.kinds()
                        + (kind == Kind.TRUNCATE
                                ? "; a truncate has no row: take a ChangeEvent"
                                : "; use an EventHandler bean for " + kind);
            }
        }
        return null;
    }
}
