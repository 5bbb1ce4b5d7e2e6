package io.walwire.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.walwire.error.ConfigurationException;
import io.walwire.handler.EventHandler;
import io.walwire.internal.config.handlers.AllTables;
import io.walwire.internal.config.handlers.Named;
import io.walwire.internal.config.handlers.TodoItems;
import io.walwire.internal.config.handlers.User;
import io.walwire.internal.text.TablePattern;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HandlerClassesTest {
    private static final String PACKAGE = "io.walwire.internal.config.handlers";
    private static final String NAMED = Named.class.getName();

    @Test
    void load_byName() {
        assertThat(load(NAMED + "," + User.class.getName(), null, "*"))
                .hasExactlyElementsOfTypes(Named.class, User.class);
    }

    @Test
    void load_nothing() {
        assertThat(load("", null, "*")).isEmpty();
    }

    @Test
    void load_byTable() {
        assertThat(load("", PACKAGE, "todo_items, billing.user, absent"))
                .hasExactlyElementsOfTypes(TodoItems.class, User.class);
    }

    @Test
    void load_byTableOfTheSameNameInSeveralSchemas() {
        assertThat(load("", PACKAGE, "user, billing.user, billing.*")).hasExactlyElementsOfTypes(User.class);
    }

    @Test
    void load_allTables() {
        assertThat(load("", PACKAGE, "*")).hasExactlyElementsOfTypes(AllTables.class);
    }

    @Test
    void load_bothWaysTakesAClassOnce() {
        assertThat(load(User.class.getName(), PACKAGE, "user, *"))
                .hasExactlyElementsOfTypes(User.class, AllTables.class);
    }

    @Test
    void load_conventionThatFindsNothing() {
        assertThat(problems("", PACKAGE, "absent, \"odd name-2\""))
                .containsExactly("walwire.handlers.package is \"" + PACKAGE + "\": none of these classes exists: "
                        + PACKAGE + ".Absent, " + PACKAGE + ".OddName2");
        assertThat(problems("", PACKAGE, "billing.*"))
                .singleElement()
                .asString()
                .contains("no class name follows from walwire.subscriptions");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "com.acme.Missing | walwire.handlers: there is no class com.acme.Missing on the class path",
                "java.lang.String | Handler java.lang.String does not implement io.walwire.handler.EventHandler",
                "io.walwire.handler.EventHandler | Handler io.walwire.handler.EventHandler is abstract",
                "$AbstractHandler | is abstract; name a class that can be instantiated",
                "$WithParameter | with a public constructor without parameters",
                "$PrivateConstructor | with a public constructor without parameters",
                "$Hidden | needs to be public",
                "$Throwing | threw java.lang.IllegalStateException: no mailer\\nat all",
                "$BrokenInitializer | cannot be initialized: java.lang.IllegalStateException: static"
            })
    void load_unusableClass(String name, String problem) {
        String full = name.startsWith("$") ? PACKAGE + ".Broken" + name : name;
        assertThat(problems(full, null, "*")).singleElement().asString().contains(problem);
    }

    @Test
    void load_brokenClassOfATable() {
        assertThat(problems("", PACKAGE, "broken"))
                .containsExactly("Handler " + PACKAGE + ".Broken does not implement io.walwire.handler.EventHandler");
    }

    @Test
    void load_reportsEveryProblem() {
        assertThat(problems("com.acme.A,java.lang.String", PACKAGE, "absent")).hasSize(3);
    }

    @Test
    void load_classThatCannotBeLinked() {
        ClassLoader broken = new ClassLoader(getClass().getClassLoader()) {
            @Override
            protected Class<?> findClass(String name) {
                throw new NoClassDefFoundError("com/acme/Dependency");
            }
        };
        ConfigurationException thrown = catchThrowableOfType(
                ConfigurationException.class,
                () -> HandlerClasses.load(List.of("com.acme.A"), null, List.of(TablePattern.ALL), broken));
        assertThat(thrown.problems())
                .singleElement()
                .asString()
                .startsWith("walwire.handlers: com.acme.A cannot be loaded")
                .contains("com/acme/Dependency");
    }

    private static List<EventHandler> load(String names, @Nullable String packageName, String subscriptions) {
        return HandlerClasses.load(
                names.isEmpty() ? List.of() : List.of(names.split(",", -1)),
                packageName,
                TablePattern.parseList(subscriptions),
                HandlerClassesTest.class.getClassLoader());
    }

    private static List<String> problems(String names, @Nullable String packageName, String subscriptions) {
        return catchThrowableOfType(ConfigurationException.class, () -> load(names, packageName, subscriptions))
                .problems();
    }
}
