package io.walwire.internal.mapping;

import io.walwire.internal.codec.Conversion;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a component's declared type is met: which class is asked of the row, and what is made of the answer. Lists are asked
 * for as arrays, because their elements' class is then checked and converted where the text is.
 */
sealed interface Shape {
    /** The class to ask the row for. */
    Class<?> asked();

    /** What the component gets; the answer is null for SQL NULL. */
    @Nullable
    Object wrap(@Nullable Object answer);

    /** The class itself. */
    record Plain(Class<?> asked) implements Shape {
        @Override
        public @Nullable Object wrap(@Nullable Object answer) {
            return answer;
        }
    }

    /** Optional of something. */
    record Maybe(Shape inner) implements Shape {
        @Override
        public Class<?> asked() {
            return inner.asked();
        }

        @Override
        public Optional<?> wrap(@Nullable Object answer) {
            return Optional.ofNullable(inner.wrap(answer));
        }
    }

    /** List of something, itself maybe a list. */
    record Listed(Shape inner) implements Shape {
        @Override
        public Class<?> asked() {
            return inner.asked().arrayType();
        }

        @Override
        public @Nullable List<?> wrap(@Nullable Object answer) {
            if (answer == null) {
                return null;
            }
            Object[] elements = (Object[]) answer;
            if (!(inner instanceof Plain)) {
                Object[] wrapped = new Object[elements.length];
                Arrays.setAll(wrapped, i -> inner.wrap(elements[i]));
                return Collections.unmodifiableList(Arrays.asList(wrapped));
            }
            return Collections.unmodifiableList(Arrays.asList(elements));
        }
    }

    static Shape of(Type declared) {
        if (declared instanceof ParameterizedType generic) {
            Type argument = generic.getActualTypeArguments()[0];
            if (generic.getRawType() == Optional.class) {
                return new Maybe(of(argument));
            }
            if (isList(generic.getRawType()) && !isUnknown(argument)) {
                return new Listed(of(argument));
            }
        }
        Class<?> raw = raw(declared);
        return raw == Optional.class ? new Maybe(new Plain(Object.class)) : new Plain(Conversion.boxed(raw));
    }

    private static boolean isList(Type raw) {
        return raw == List.class || raw == Collection.class || raw == Iterable.class;
    }

    /** A list of nothing in particular, which a value of any dimensions fits. */
    private static boolean isUnknown(Type argument) {
        return raw(argument) == Object.class;
    }

    private static Class<?> raw(Type type) {
        if (type instanceof Class<?> known) {
            return known;
        }
        if (type instanceof ParameterizedType generic) {
            return raw(generic.getRawType());
        }
        if (type instanceof GenericArrayType array) {
            return raw(array.getGenericComponentType()).arrayType();
        }
        if (type instanceof WildcardType wildcard) {
            return raw(wildcard.getUpperBounds()[0]);
        }
        return raw(((TypeVariable<?>) type).getBounds()[0]);
    }
}
