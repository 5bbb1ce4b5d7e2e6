package io.walwire.spring;

import io.walwire.Walwire;
import java.util.List;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** Starts Walwire with the application, unless {@code walwire.enabled} is false, or the application makes its own instance. */
@AutoConfiguration
@ConditionalOnProperty(name = "walwire.enabled", matchIfMissing = true)
@ConditionalOnMissingBean(Walwire.class)
@Import(InstanceRegistrar.class)
class WalwireAutoConfiguration {
    @Bean(InstanceRegistrar.ASSEMBLY)
    static InstanceAssembly walwireAssembly(ConfigurableListableBeanFactory beans, ApplicationContext context) {
        return new InstanceAssembly(beans, context);
    }

    @Bean
    Instances walwireInstances(List<WalwireLifecycle> lifecycles) {
        return new Instances(lifecycles);
    }
}
