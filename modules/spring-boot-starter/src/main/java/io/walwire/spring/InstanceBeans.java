package io.walwire.spring;

import io.walwire.error.ConfigurationException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/** The application's beans that belong to an instance. */
final class InstanceBeans {
    private final ConfigurableListableBeanFactory beans;

    /**
     * A bean, and where it belongs.
     *
     * @param name of the bean
     * @param bean the bean's proxy, where it has one
     * @param instance of {@link WalwireInstance}; null if there is none
     */
    record Named<T>(String name, T bean, @Nullable String instance) {}

    InstanceBeans(ConfigurableListableBeanFactory beans) {
        this.beans = beans;
    }

    /** All beans of a type, in the order of {@code @Order}. */
    <T> List<Named<T>> all(Class<T> type) {
        IdentityHashMap<T, Integer> ranks = new IdentityHashMap<>();
        beans.getBeanProvider(type).orderedStream().forEach(bean -> ranks.put(bean, ranks.size()));
        List<Named<T>> all = new ArrayList<>();
        beans.getBeansOfType(type).forEach((name, bean) -> {
            if (ScopedProxyUtils.isScopedTarget(name)) {
                return; // its proxy is a bean, too
            }
            WalwireInstance chosen = beans.findAnnotationOnBean(name, WalwireInstance.class);
            all.add(new Named<>(name, bean, chosen == null ? null : chosen.value()));
        });
        // a bean of scope prototype is another object each time
        all.sort(Comparator.comparingInt(named -> ranks.getOrDefault(named.bean(), Integer.MAX_VALUE)));
        return all;
    }

    /** The beans of an instance, and those of all instances. */
    <T> List<T> of(Class<T> type, String instance) {
        return all(type).stream()
                .filter(bean -> bean.instance() == null || bean.instance().equals(instance))
                .map(Named::bean)
                .toList();
    }

    /**
     * The one bean of an instance, of a type that two instances cannot share.
     *
     * @param instances the names of all instances
     * @throws ConfigurationException if there are several, or one that belongs to none of several instances
     */
    <T> @Nullable T unshared(Class<T> type, String instance, Set<String> instances) {
        List<String> problems = instances.size() < 2
                ? List.of()
                : all(type).stream()
                        .filter(bean -> bean.instance() == null)
                        .map(bean -> "Bean " + bean.name() + " is a " + type.getSimpleName()
                                + ", but there are several instances; choose one with @WalwireInstance: "
                                + String.join(", ", instances))
                        .toList();
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return one(type, instance);
    }

    /**
     * The one bean of an instance, otherwise the one of all instances; null if there is none.
     *
     * @throws ConfigurationException if there are several
     */
    <T> @Nullable T one(Class<T> type, String instance) {
        List<Named<T>> all = all(type);
        List<Named<T>> own =
                all.stream().filter(bean -> instance.equals(bean.instance())).toList();
        List<Named<T>> candidates = own.isEmpty()
                ? all.stream().filter(bean -> bean.instance() == null).toList()
                : own;
        if (candidates.size() > 1) {
            List<Named<T>> primary = candidates.stream()
                    .filter(bean -> beans.containsBeanDefinition(bean.name())
                            && beans.getBeanDefinition(bean.name()).isPrimary())
                    .toList();
            if (primary.size() != 1) {
                throw new ConfigurationException(List.of("There are " + candidates.size() + " beans of type "
                        + type.getSimpleName() + ": "
                        + String.join(", ", candidates.stream().map(Named::name).toList())
                        + ". An instance takes one: mark it as @Primary, or give each its @WalwireInstance"));
            }
            return primary.get(0).bean();
        }
        return candidates.isEmpty() ? null : candidates.get(0).bean();
    }
}
