package io.walwire.spring.test;

import io.walwire.handler.EventHandler;
import io.walwire.handler.Interceptor;
import io.walwire.listener.WalwireListener;
import io.walwire.spring.OnChange;
import io.walwire.spring.WalwireBuilderCustomizer;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.TypeExcludeFilter;
import org.springframework.core.type.ClassMetadata;
import org.springframework.core.type.classreading.MetadataReader;
import org.springframework.core.type.classreading.MetadataReaderFactory;
import org.springframework.core.type.filter.AssignableTypeFilter;
import org.springframework.core.type.filter.TypeFilter;

/** Leaves out all components that are neither handlers nor what an instance calls beside them. */
final class HandlersOnly extends TypeExcludeFilter {
    private static final List<TypeFilter> BESIDE = List.of(
            new AssignableTypeFilter(Interceptor.class),
            new AssignableTypeFilter(WalwireListener.class),
            new AssignableTypeFilter(WalwireBuilderCustomizer.class));
    private static final TypeFilter HANDLER = new AssignableTypeFilter(EventHandler.class);

    private final Set<String> chosen;

    /**
     * A filter.
     *
     * @param chosen the names of the handlers' classes; empty for all
     */
    HandlersOnly(Set<String> chosen) {
        this.chosen = chosen;
    }

    /** Whether the class is left out. */
    @Override
    public boolean match(MetadataReader reader, MetadataReaderFactory readers) throws IOException {
        for (TypeFilter filter : BESIDE) {
            if (filter.match(reader, readers)) {
                return false;
            }
        }
        return !isHandler(reader, readers)
                || !chosen.isEmpty()
                        && !chosen.contains(reader.getClassMetadata().getClassName());
    }

    private static boolean isHandler(MetadataReader reader, MetadataReaderFactory readers) throws IOException {
        return HANDLER.match(reader, readers) || hasMethods(reader, readers);
    }

    private static boolean hasMethods(MetadataReader reader, MetadataReaderFactory readers) throws IOException {
        if (reader.getAnnotationMetadata().hasAnnotatedMethods(OnChange.class.getName())) {
            return true;
        }
        ClassMetadata type = reader.getClassMetadata();
        for (String inherited : type.getInterfaceNames()) {
            if (isOfApplication(inherited) && hasMethods(readers.getMetadataReader(inherited), readers)) {
                return true;
            }
        }
        String parent = type.getSuperClassName();
        return parent != null && isOfApplication(parent) && hasMethods(readers.getMetadataReader(parent), readers);
    }

    private static boolean isOfApplication(String type) {
        return !type.startsWith("java.") && !type.startsWith("org.springframework.");
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof HandlersOnly filter && chosen.equals(filter.chosen);
    }

    @Override
    public int hashCode() {
        return Objects.hash(HandlersOnly.class, chosen);
    }
}
