package io.walwire.spring;

import io.walwire.error.ConfigurationException;
import io.walwire.handler.EventHandler;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;

/** The handlers of all instances: {@code EventHandler} beans, then {@link OnChange} methods. */
final class HandlerBeans {
    private final Map<String, Map<String, EventHandler>> byInstance = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();

    /**
     * Finds and checks all handlers.
     *
     * @param instances the names of all instances
     * @throws ConfigurationException with every problem
     */
    HandlerBeans(InstanceBeans beans, ChangeMethods methods, Set<String> instances) {
        instances.forEach(name -> byInstance.put(name, new LinkedHashMap<>()));
        for (InstanceBeans.Named<EventHandler> bean : beans.all(EventHandler.class)) {
            add("Bean " + bean.name(), name(bean), bean.bean(), bean.instance());
        }
        problems.addAll(methods.problems());
        for (ChangeMethods.Found found : methods.found()) {
            String name = found.handler().handlerName();
            add("@OnChange on " + name, name, found.handler(), found.instance());
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
    }

    /** The handlers of an instance, by name, in the order of their calls. */
    Map<String, EventHandler> of(String instance) {
        return byInstance.getOrDefault(instance, Map.of());
    }

    /** The name that the handler gives itself, otherwise the bean's. */
    private static String name(InstanceBeans.Named<EventHandler> bean) {
        String own = bean.bean().handlerName();
        boolean isDefault = own.equals(bean.bean().getClass().getName())
                || own.equals(AopUtils.getTargetClass(bean.bean()).getName());
        return isDefault ? bean.name() : own;
    }

    private void add(String what, String name, EventHandler handler, @Nullable String chosen) {
        String instance = chosen == null && byInstance.size() == 1
                ? byInstance.keySet().iterator().next()
                : chosen;
        Map<String, EventHandler> handlers = instance == null ? null : byInstance.get(instance);
        if (instance == null) {
            problems.add(what + " is a handler, but there are several instances; choose one with @WalwireInstance: "
                    + String.join(", ", byInstance.keySet()));
        } else if (handlers == null) {
            problems.add(what + " is a handler of instance " + instance
                    + ", which walwire.instances does not have; it has " + String.join(", ", byInstance.keySet()));
        } else if (handlers.putIfAbsent(name, handler) != null) {
            problems.add(what + ": another handler has the name " + name
                    + ", too; dead letters find a handler by its name, so give each its own handlerName()");
        }
    }
}
