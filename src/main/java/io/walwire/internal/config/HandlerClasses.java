package io.walwire.internal.config;

import io.walwire.error.ConfigurationException;
import io.walwire.handler.EventHandler;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Loads handlers by class name: listed classes, and classes that are named after the subscribed tables. */
public final class HandlerClasses {
    private static final String ALL_TABLES = "AllTables";

    private final ClassLoader loader;
    private final Problems problems = new Problems();
    private final Set<Class<?>> classes = new LinkedHashSet<>();

    private HandlerClasses(ClassLoader loader) {
        this.loader = loader;
    }

    /**
     * One instance of each class. A class that is both listed and found by a table's name is used once.
     *
     * @param names classes that must exist
     * @param packageName the package with a class for each subscribed table (for {@code todo_items}: {@code TodoItems}), and
     *     with {@code AllTables} if all tables are subscribed; null for none
     * @throws ConfigurationException with every problem of every class
     */
    public static List<EventHandler> load(
            List<String> names, @Nullable String packageName, List<TablePattern> subscriptions, ClassLoader loader) {
        HandlerClasses handlers = new HandlerClasses(loader);
        names.forEach(name -> {
            if (!handlers.find(Key.HANDLERS, name)) {
                handlers.problems.add(Key.HANDLERS + ": there is no class " + name + " on the class path");
            }
        });
        if (packageName != null) {
            handlers.findByTable(packageName, subscriptions);
        }
        List<EventHandler> instances = new ArrayList<>();
        handlers.classes.forEach(type -> handlers.instance(type).ifPresent(instances::add));
        handlers.problems.throwIfAny();
        return List.copyOf(instances);
    }

    private void findByTable(String packageName, List<TablePattern> subscriptions) {
        Set<String> names = new LinkedHashSet<>();
        for (TablePattern pattern : subscriptions) {
            String name = pattern.equals(TablePattern.ALL)
                    ? ALL_TABLES
                    : pattern.tableName()
                            .map(TableName::table)
                            .map(HandlerClasses::camelCase)
                            .orElse("");
            if (!name.isEmpty()) {
                names.add(packageName + "." + name);
            }
        }
        long found =
                names.stream().filter(name -> find(Key.HANDLERS_PACKAGE, name)).count();
        if (found == 0) {
            String looked = names.isEmpty()
                    ? "no class name follows from " + Key.SUBSCRIPTIONS + "; name the tables there"
                    : "none of these classes exists: " + String.join(", ", names);
            problems.add(Key.HANDLERS_PACKAGE + " is " + Problems.quoted(packageName) + ": " + looked);
        }
    }

    private static String camelCase(String table) {
        StringBuilder name = new StringBuilder();
        boolean capital = true;
        for (int c : table.codePoints().toArray()) {
            boolean separates = c == '_' || !Character.isJavaIdentifierPart(c);
            if (!separates) {
                name.appendCodePoint(capital ? Character.toUpperCase(c) : c);
            }
            capital = separates;
        }
        return name.toString();
    }

    /** Whether the class exists, usable or not. */
    private boolean find(Key key, String name) {
        try {
            classes.add(Class.forName(name, false, loader));
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        } catch (LinkageError e) {
            problems.add(key + ": " + name + " cannot be loaded: " + Problems.printable(e.toString()));
            return true;
        }
    }

    private Optional<EventHandler> instance(Class<?> type) {
        String name = "Handler " + type.getName();
        if (!EventHandler.class.isAssignableFrom(type)) {
            problems.add(name + " does not implement " + EventHandler.class.getName());
        } else if (Modifier.isAbstract(type.getModifiers())) {
            problems.add(name + " is abstract; name a class that can be instantiated");
        } else {
            try {
                return Optional.of(
                        type.asSubclass(EventHandler.class).getConstructor().newInstance());
            } catch (NoSuchMethodException | IllegalAccessException | InstantiationException e) {
                problems.add(name + " needs to be public, with a public constructor without parameters; or register an"
                        + " instance with Walwire.builder().handler(...)");
            } catch (InvocationTargetException e) {
                problems.add(
                        "The constructor of " + name + " threw " + Problems.printable(String.valueOf(e.getCause())));
            } catch (LinkageError e) {
                problems.add(name + " cannot be initialized: "
                        + Problems.printable(String.valueOf(e.getCause() == null ? e : e.getCause())));
            }
        }
        return Optional.empty();
    }

    /** The best guess for the application's class loader: that of the thread's context, otherwise Walwire's own. */
    public static ClassLoader loader() {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        return context != null ? context : HandlerClasses.class.getClassLoader();
    }
}
