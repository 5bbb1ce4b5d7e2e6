package io.walwire.spring;

import io.walwire.Walwire;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionBuilder;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Two beans for each instance: its lifecycle, and the instance itself, which is there once it has started. Nothing is
 * closed through the second one, so its scope is prototype.
 */
final class InstanceRegistrar implements ImportBeanDefinitionRegistrar {
    static final String ASSEMBLY = "walwireAssembly";

    private final Environment environment;

    InstanceRegistrar(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void registerBeanDefinitions(AnnotationMetadata importing, BeanDefinitionRegistry registry) {
        for (String instance : InstanceAssembly.names(environment)) {
            boolean isOnly = instance.equals(InstanceAssembly.ONLY);
            String name = isOnly ? "walwire" : instance + "Walwire";
            String lifecycle = name + "Lifecycle";
            registry.registerBeanDefinition(
                    lifecycle,
                    BeanDefinitionBuilder.rootBeanDefinition(WalwireLifecycle.class)
                            .addConstructorArgValue(instance)
                            .addConstructorArgReference(ASSEMBLY)
                            .getBeanDefinition());
            RootBeanDefinition running = new RootBeanDefinition(Walwire.class);
            running.setFactoryBeanName(lifecycle);
            running.setFactoryMethodName("walwire");
            running.setScope(ConfigurableBeanFactory.SCOPE_PROTOTYPE);
            running.addQualifier(new AutowireCandidateQualifier(WalwireInstance.class, instance));
            registry.registerBeanDefinition(name, running);
        }
    }
}
