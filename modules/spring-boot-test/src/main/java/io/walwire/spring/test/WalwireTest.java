package io.walwire.spring.test;

import io.walwire.testkit.WalwireKit;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.core.annotation.AliasFor;
import org.springframework.test.context.BootstrapWith;
import org.springframework.test.context.junit.jupiter.SpringExtension;

/**
 * A test of the application's handlers, without a database: a test commits changes to a {@link WalwireKit}, which calls the handlers
 * as a real instance does.
 *
 * <p>The context has the handlers of the application, and little else: components that are an {@code EventHandler}, an
 * {@code Interceptor}, a {@code WalwireListener} or a {@code WalwireBuilderCustomizer}, or that have {@code @OnChange} methods. Other
 * components and {@code @Configuration} classes are left out, and so is auto-configuration: what handlers need comes as
 * {@code @MockitoBean}, by {@code @Import} or from a nested {@code @TestConfiguration}. Without a transaction manager
 * {@code @Transactional} has no effect.
 *
 * <p>The tables are declared by {@link WalwireKitCustomizer} beans. The keys {@code walwire.*} of the application hold, except those about
 * a server, and {@code walwire.failure}: a handler that throws ends the instance at once, unless the context has a {@code FailurePolicy} or
 * {@code DeadLetters} bean.
 *
 * <p>The {@link WalwireKit} is injected into the test. It is reset after each test: what a test has left is not delivered to the next one. An
 * instance that has failed fails the test, unless {@code awaitHandled()} or {@code awaitFailure()} has said so. Where there are several
 * instances, {@code @WalwireInstance} chooses the kit.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@BootstrapWith(WalwireTestBootstrapper.class)
@ExtendWith(SpringExtension.class)
@ImportAutoConfiguration
public @interface WalwireTest {
    /**
     * The components with handlers, as {@link #handlers()}.
     *
     * @return the classes
     */
    @AliasFor("handlers")
    Class<?>[] value() default {};

    /**
     * The components with handlers that the test is about. The others are left out.
     *
     * @return empty for all
     */
    @AliasFor("value")
    Class<?>[] handlers() default {};

    /**
     * Properties of the application, as of {@code @SpringBootTest}.
     *
     * @return {@code key=value} each
     */
    String[] properties() default {};
}
