package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.RowEvent;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.ExecutableHint;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.TypeHint;
import org.springframework.aot.hint.annotation.ReflectiveRuntimeHintsRegistrar;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.core.env.MapPropertySource;
import org.springframework.javapoet.ClassName;

/** What a native image keeps of {@link OnChange} methods. */
class HintsTest {
    record User(long id, String email) {}

    static class Mails {
        @OnChange("users")
        void welcome(RowEvent<User> event) {}
    }

    @Test
    void methodAndItsRecord_areKept() {
        RuntimeHints hints = new RuntimeHints();
        new ReflectiveRuntimeHintsRegistrar().registerRuntimeHints(hints, Mails.class);
        assertThat(invoked(hints, Mails.class)).containsExactly("welcome");
        assertThat(hints.reflection().getTypeHint(User.class)).isNotNull();
        assertThat(invoked(hints, User.class)).contains("email");
    }

    /** Spring writes the code that makes the beans; it fails where a bean's definition cannot be written as code. */
    @Test
    void beansOfTheStarter_areMadeAheadOfTime() {
        DefaultGenerationContext generated = new DefaultGenerationContext(
                new ClassNameGenerator(ClassName.get(HintsTest.class)), new InMemoryGeneratedFiles());
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource(
                        "test",
                        Map.of(
                                "walwire.instances.people.publication", "people",
                                "walwire.instances.trade.publication", "trade")));
        context.register(WalwireAutoConfiguration.class, WalwireEndpointAutoConfiguration.class, Mails.class);
        new ApplicationContextAotGenerator().processAheadOfTime(context, generated);
        generated.writeGeneratedContent();
        assertThat(invoked(generated.getRuntimeHints(), Mails.class)).contains("welcome");
    }

    private static List<String> invoked(RuntimeHints hints, Class<?> type) {
        TypeHint kept = hints.reflection().getTypeHint(type);
        return kept == null
                ? List.of()
                : Stream.concat(kept.methods(), kept.constructors())
                        .filter(hint -> hint.getMode() == ExecutableMode.INVOKE)
                        .map(ExecutableHint::getName)
                        .toList();
    }
}
