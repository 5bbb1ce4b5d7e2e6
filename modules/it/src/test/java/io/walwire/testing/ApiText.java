package io.walwire.testing;

import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes what classes export, a line per type and member, in an order that depends on their names alone. A question mark
 * behind a type is {@code @Nullable}. Left out is what everybody has: equals, hashCode, toString.
 */
final class ApiText {
    private static final Set<String> OF_EVERY_OBJECT = Set.of("equals", "hashCode", "toString");

    private ApiText() {}

    static String of(Collection<Class<?>> classes) {
        return classes.stream()
                .filter(ApiText::isExported)
                .sorted(Comparator.comparing(Class::getName))
                .map(ApiText::type)
                .collect(Collectors.joining("\n"));
    }

    private static boolean isExported(Class<?> type) {
        if (type.isAnonymousClass() || type.isLocalClass() || type.isSynthetic()) {
            return false;
        }
        Class<?> outer = type.getDeclaringClass();
        return outer == null
                ? Modifier.isPublic(type.getModifiers())
                : isExported(outer) && reachable(outer, type.getModifiers());
    }

    /** A protected member is part of the API where users can extend its class. */
    private static boolean reachable(Class<?> owner, int modifiers) {
        return Modifier.isPublic(modifiers)
                || (Modifier.isProtected(modifiers) && !Modifier.isFinal(owner.getModifiers()));
    }

    private static String type(Class<?> type) {
        List<String> members = new ArrayList<>();
        for (Field field : type.getDeclaredFields()) {
            if (reachable(type, field.getModifiers()) && !field.isSynthetic()) {
                members.add(field(field));
            }
        }
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (reachable(type, constructor.getModifiers()) && !constructor.isSynthetic()) {
                members.add(modifiers(constructor) + variables(constructor.getTypeParameters()) + "new"
                        + rest(constructor));
            }
        }
        for (Method method : type.getDeclaredMethods()) {
            if (reachable(type, method.getModifiers()) && !method.isSynthetic() && !isOfEveryObject(method)) {
                members.add(modifiers(method)
                        + (method.isDefault() ? "default " : "")
                        + variables(method.getTypeParameters())
                        + text(method.getAnnotatedReturnType())
                        + ' '
                        + method.getName()
                        + rest(method));
            }
        }
        return Stream.concat(Stream.of(head(type)), members.stream().sorted().map(member -> "    " + member))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static boolean isOfEveryObject(Method method) {
        return OF_EVERY_OBJECT.contains(method.getName())
                && method.getParameterCount() == (method.getName().equals("equals") ? 1 : 0);
    }

    private static String head(Class<?> type) {
        StringBuilder head = new StringBuilder(deprecation(type));
        head.append(Modifier.toString(type.getModifiers() & ~Modifier.INTERFACE & ~Modifier.STRICT));
        head.append(type.isSealed() ? " sealed " : " ");
        if (type.isAnnotation()) {
            head.append("@interface ");
        } else if (type.isInterface()) {
            head.append("interface ");
        } else if (type.isEnum()) {
            head.append("enum ");
        } else {
            head.append(type.isRecord() ? "record " : "class ");
        }
        head.append(type.getName()).append(variables(type.getTypeParameters()).strip());
        AnnotatedType superclass = type.getAnnotatedSuperclass();
        if (superclass != null && superclass.getType() != Object.class && !type.isEnum() && !type.isRecord()) {
            head.append(" extends ").append(text(superclass));
        }
        list(head, type.isInterface() ? " extends " : " implements ", type.getAnnotatedInterfaces());
        if (type.isSealed()) {
            head.append(Arrays.stream(type.getPermittedSubclasses())
                    .map(Class::getName)
                    .sorted()
                    .collect(Collectors.joining(", ", " permits ", "")));
        }
        return head.toString();
    }

    private static String field(Field field) {
        return deprecation(field)
                + Modifier.toString(field.getModifiers() & Modifier.fieldModifiers() & ~Modifier.VOLATILE)
                + ' '
                + text(field.getAnnotatedType())
                + ' '
                + field.getName();
    }

    private static String modifiers(Executable member) {
        int meant = Modifier.PUBLIC | Modifier.PROTECTED | Modifier.STATIC | Modifier.ABSTRACT | Modifier.FINAL;
        return deprecation(member) + Modifier.toString(member.getModifiers() & meant) + ' ';
    }

    private static String deprecation(AnnotatedElement element) {
        return element.isAnnotationPresent(Deprecated.class) ? "@Deprecated " : "";
    }

    private static String rest(Executable member) {
        AnnotatedType[] parameters = member.getAnnotatedParameterTypes();
        StringBuilder rest = new StringBuilder("(");
        for (int i = 0; i < parameters.length; i++) {
            String text = text(parameters[i]);
            boolean last = i == parameters.length - 1;
            rest.append(last && member.isVarArgs() ? text.substring(0, text.length() - 2) + "..." : text);
            rest.append(last ? "" : ", ");
        }
        rest.append(')');
        list(rest, " throws ", member.getAnnotatedExceptionTypes());
        return rest.toString();
    }

    private static void list(StringBuilder to, String word, AnnotatedType[] types) {
        if (types.length > 0) {
            to.append(word).append(Arrays.stream(types).map(ApiText::text).collect(Collectors.joining(", ")));
        }
    }

    private static String variables(TypeVariable<?>[] variables) {
        return variables.length == 0
                ? ""
                : Arrays.stream(variables).map(ApiText::variable).collect(Collectors.joining(", ", "<", "> "));
    }

    private static String variable(TypeVariable<?> variable) {
        String bounds =
                Arrays.stream(variable.getAnnotatedBounds()).map(ApiText::text).collect(Collectors.joining(" & "));
        return bounds.equals("java.lang.Object") ? variable.getName() : variable.getName() + " extends " + bounds;
    }

    private static String text(AnnotatedType type) {
        String nullable = type.isAnnotationPresent(Nullable.class) ? "?" : "";
        if (type instanceof AnnotatedArrayType array) {
            return text(array.getAnnotatedGenericComponentType()) + "[]" + nullable;
        }
        if (type instanceof AnnotatedParameterizedType parameterized) {
            Type raw = ((ParameterizedType) type.getType()).getRawType();
            return raw.getTypeName()
                    + Arrays.stream(parameterized.getAnnotatedActualTypeArguments())
                            .map(ApiText::text)
                            .collect(Collectors.joining(", ", "<", ">"))
                    + nullable;
        }
        if (type instanceof AnnotatedWildcardType wildcard) {
            if (wildcard.getAnnotatedLowerBounds().length > 0) {
                return "? super " + text(wildcard.getAnnotatedLowerBounds()[0]);
            }
            String bound = text(wildcard.getAnnotatedUpperBounds()[0]);
            return bound.equals("java.lang.Object") ? "?" : "? extends " + bound;
        }
        return type.getType().getTypeName() + nullable;
    }
}
