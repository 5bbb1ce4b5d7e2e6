package io.walwire.internal.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ConfigurationException;
import io.walwire.internal.config.Version;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A module's source is found wherever an application's container lets it be seen. */
class SourceProvidersTest {
    private static final ClassLoader OWN = SourceProvidersTest.class.getClassLoader();
    private static final String SERVICE = "META-INF/services/" + SourceProvider.class.getName();

    @TempDir
    Path folder = Path.of("");

    /** The provider of these tests. */
    public static final class Provider implements SourceProvider {
        @Override
        public String name() {
            return "tested";
        }

        @Override
        public ChangeSource source(SourceContext context) {
            throw new UnsupportedOperationException("nothing is read here");
        }
    }

    /** A class loader that sees a provider of this name, and all that the core sees. */
    private ClassLoader naming(String provider) throws IOException {
        Path file = folder.resolve(SERVICE);
        Files.createDirectories(file.getParent());
        Files.writeString(file, provider);
        return loader(folder);
    }

    private static ClassLoader loader(Path root) throws MalformedURLException {
        return new URLClassLoader(new URL[] {root.toUri().toURL()}, OWN);
    }

    private static SourceProvider find(ClassLoader own, ClassLoader context) {
        return SourceProviders.find("tested", "walwire-tested", own, context);
    }

    @Test
    void provider_inTheCoresClassLoader_isFound() throws Exception {
        assertThat(find(naming(Provider.class.getName()), OWN)).isInstanceOf(Provider.class);
        assertThat(SourceProviders.find("tested", "walwire-tested", naming(Provider.class.getName()), null))
                .isInstanceOf(Provider.class);
    }

    @Test
    void provider_inTheContextClassLoaderAlone_isFound() throws Exception {
        assertThat(find(OWN, naming(Provider.class.getName()))).isInstanceOf(Provider.class);
    }

    @Test
    void none_namesTheDependency() {
        assertThatThrownBy(() -> find(OWN, OWN))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("walwire.source is tested")
                .hasMessageContaining("Add the dependency io.walwire:walwire-tested:" + Version.current())
                .hasMessageNotContaining("cannot be used");
    }

    @Test
    void provider_thatCannotBeLoaded_isNamed() throws Exception {
        ClassLoader broken = naming("io.walwire.Nowhere");
        assertThatThrownBy(() -> find(broken, OWN))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("walwire-tested")
                .hasMessageContaining("cannot be used")
                .hasMessageContaining("io.walwire.Nowhere");
    }

    /** As where the container has a core of its own beside the application's. */
    @Test
    void brokenProvider_inOneClassLoader_doesNotHideTheOther() throws Exception {
        ClassLoader broken = naming("io.walwire.Nowhere");
        Path other = folder.resolve("other");
        Files.createDirectories(other.resolve(SERVICE).getParent());
        Files.writeString(other.resolve(SERVICE), Provider.class.getName());
        assertThat(find(broken, loader(other))).isInstanceOf(Provider.class);
    }
}
