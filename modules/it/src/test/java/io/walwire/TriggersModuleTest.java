package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ConfigurationException;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code walwire.source=triggers} in class loaders that see the module walwire-triggers, and in ones that do not. */
class TriggersModuleTest {
    private static final String SERVICE = "META-INF/services/io.walwire.internal.source.SourceProvider";

    /** What an application does, in a class loader of its own. */
    public static final class Application implements Supplier<String> {
        @Override
        public String get() {
            try {
                return Walwire.builder()
                        .url("postgresql://nobody@localhost:1/none")
                        .set("walwire.source", "triggers")
                        .check()
                        .get(0)
                        .what();
            } catch (ConfigurationException e) {
                return e.problems().get(0);
            }
        }
    }

    /** The class path of the tests, in which no module says that it brings a source. */
    private static ClassLoader withoutModule() throws IOException {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator), -1)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader()) {
            @Override
            public Enumeration<URL> findResources(String name) throws IOException {
                return name.equals(SERVICE) ? Collections.emptyEnumeration() : super.findResources(name);
            }
        };
    }

    /** As a container's for one application: it adds the module to what its parent has. */
    private static ClassLoader withModule(ClassLoader parent) {
        return new ClassLoader(parent) {
            @Override
            protected Enumeration<URL> findResources(String name) throws IOException {
                return name.equals(SERVICE)
                        ? TriggersModuleTest.class.getClassLoader().getResources(name)
                        : Collections.emptyEnumeration();
            }
        };
    }

    @SuppressWarnings("unchecked")
    private static String run(ClassLoader core, ClassLoader context) throws ReflectiveOperationException {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(context);
        try {
            Supplier<String> application = Class.forName(Application.class.getName(), true, core)
                    .asSubclass(Supplier.class)
                    .getConstructor()
                    .newInstance();
            return application.get();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Test
    void withoutTheModule_theErrorNamesTheDependency() throws Exception {
        ClassLoader core = withoutModule();
        assertThat(run(core, core)).contains("walwire.source", "io.walwire:walwire-triggers:");
    }

    @Test
    void moduleInTheContextClassLoaderAlone_isFound() throws Exception {
        ClassLoader core = withoutModule();
        assertThat(run(core, withModule(core))).contains("localhost:1").doesNotContain("walwire-triggers");
    }

    @Test
    void moduleOnTheClassPath_isFound() {
        assertThat(new Application().get()).contains("localhost:1").doesNotContain("walwire-triggers");
    }
}
