package io.walwire.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.beans.factory.annotation.Qualifier;

/**
 * Chooses one of several instances, which {@code walwire.instances.NAME.*} configures. On a bean or an {@link OnChange} method: the
 * instance that it belongs to. On a parameter or field: the instance that is injected, {@code @WalwireInstance("orders")
 * ObjectProvider<Walwire> walwire}.
 *
 * <p>Handlers, checkpoints and sinks need it where there are several instances. Other beans without it are for all instances.
 */
@Target({ElementType.TYPE, ElementType.METHOD, ElementType.FIELD, ElementType.PARAMETER})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Qualifier
public @interface WalwireInstance {
    /**
     * The instance.
     *
     * @return the NAME in {@code walwire.instances.NAME}
     */
    String value();
}
