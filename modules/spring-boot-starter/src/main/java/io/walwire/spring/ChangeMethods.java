package io.walwire.spring;

import io.walwire.event.Kind;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.annotation.OrderUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/** Finds the {@link OnChange} methods of all beans. */
final class ChangeMethods {
    /** Reflection has no order, and a bean's methods are called in the same one at every start. */
    private static final Comparator<Method> ORDER =
            Comparator.comparingInt(ChangeMethods::order).thenComparing(Method::getName);

    private final ConfigurableListableBeanFactory beans;
    private final List<String> problems = new ArrayList<>();
    private final List<Found> found = new ArrayList<>();
    private final Set<String> names = new TreeSet<>();

    /**
     * A method, and where it belongs.
     *
     * @param handler the method as a handler
     * @param instance of {@link WalwireInstance}; null if there is none
     */
    record Found(ChangeMethod handler, @Nullable String instance) {}

    ChangeMethods(ConfigurableListableBeanFactory beans) {
        this.beans = beans;
        for (String name : beans.getBeanNamesForType(Object.class, true, false)) {
            Class<?> type =
                    ScopedProxyUtils.isScopedTarget(name) ? null : AutoProxyUtils.determineTargetClass(beans, name);
            if (type != null && isCandidate(type)) {
                read(name, type);
            }
        }
    }

    private static boolean isCandidate(Class<?> type) {
        return !type.getName().startsWith("org.springframework.")
                && AnnotationUtils.isCandidateClass(type, OnChange.class);
    }

    private static int order(Method method) {
        Integer order = OrderUtils.getOrder(method);
        return order == null ? Ordered.LOWEST_PRECEDENCE : order;
    }

    /** In the order of the beans. */
    List<Found> found() {
        return found;
    }

    /** What is wrong with methods: one line each. */
    List<String> problems() {
        return problems;
    }

    private void read(String beanName, Class<?> type) {
        Map<Method, OnChange> methods =
                MethodIntrospector.selectMethods(type, (MethodIntrospector.MetadataLookup<OnChange>)
                        method -> AnnotatedElementUtils.findMergedAnnotation(method, OnChange.class));
        methods.entrySet().stream().sorted(Map.Entry.comparingByKey(ORDER)).forEach(entry -> {
            Method method = entry.getKey();
            OnChange declared = entry.getValue();
            ParameterShape shape = ParameterShape.of(method, type);
            String fault = MethodCheck.fault(method, type, declared, shape);
            if (fault != null || shape == null) {
                problems.add("@OnChange on " + ClassUtils.getQualifiedMethodName(method, type) + ": "
                        + (fault == null ? MethodCheck.TAKES : fault));
            } else {
                add(beanName, type, method, declared, shape);
            }
        });
    }

    private void add(String beanName, Class<?> type, Method method, OnChange declared, ParameterShape shape) {
        Object bean = beans.getBean(beanName);
        Method invocable;
        try {
            invocable = AopUtils.selectInvocableMethod(method, bean.getClass());
        } catch (IllegalStateException e) {
            problems.add("@OnChange on " + ClassUtils.getQualifiedMethodName(method, type)
                    + ": the bean's proxy does not have the method; declare it in the interface that the bean implements, or"
                    + " set spring.aop.proxy-target-class=true");
            return;
        }
        if (AopUtils.isCglibProxy(bean) && Modifier.isFinal(invocable.getModifiers())) {
            problems.add("@OnChange on " + ClassUtils.getQualifiedMethodName(method, type)
                    + ": it must not be final, since the bean's proxy could not pass the call on; remove final");
            return;
        }
        ReflectionUtils.makeAccessible(invocable);
        String name = beanName + "." + method.getName();
        if (!names.add(name)) {
            problems.add(
                    "@OnChange on " + ClassUtils.getQualifiedMethodName(method, type)
                            + ": the bean has another such method of this name; rename one, since dead letters find it by its name");
            return;
        }
        Set<Kind> kinds =
                declared.kinds().length == 0 ? shape.kindsByDefault() : EnumSet.copyOf(List.of(declared.kinds()));
        String table = beans.resolveEmbeddedValue(declared.table());
        found.add(new Found(
                new ChangeMethod(name, bean, invocable, String.valueOf(table), kinds, shape),
                instance(beanName, method)));
    }

    private @Nullable String instance(String beanName, Method method) {
        WalwireInstance own = AnnotatedElementUtils.findMergedAnnotation(method, WalwireInstance.class);
        WalwireInstance chosen = own != null ? own : beans.findAnnotationOnBean(beanName, WalwireInstance.class);
        return chosen == null ? null : chosen.value();
    }
}
