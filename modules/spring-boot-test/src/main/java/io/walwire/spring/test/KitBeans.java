package io.walwire.spring.test;

import io.walwire.Walwire;
import io.walwire.spring.WalwireInstance;
import io.walwire.testkit.WalwireKit;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;

/** A kit beside each instance that the starter has registered, with the same qualifier. */
final class KitBeans implements BeanDefinitionRegistryPostProcessor {
    static final String KITS = "walwireKits";

    private static final String QUALIFIER = WalwireInstance.class.getName();

    KitBeans() {}

    @Override
    public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
        for (String name : registry.getBeanDefinitionNames()) {
            BeanDefinition definition = registry.getBeanDefinition(name);
            if (definition instanceof RootBeanDefinition root
                    && root.hasBeanClass()
                    && root.getBeanClass() == Walwire.class) {
                AutowireCandidateQualifier qualifier = root.getQualifier(QUALIFIER);
                if (qualifier != null && qualifier.getAttribute("value") instanceof String instance) {
                    registry.registerBeanDefinition(name + "Kit", kit(instance));
                }
            }
        }
    }

    private static RootBeanDefinition kit(String instance) {
        RootBeanDefinition kit = new RootBeanDefinition(WalwireKit.class);
        kit.setFactoryBeanName(KITS);
        kit.setFactoryMethodName("kit");
        kit.getConstructorArgumentValues().addGenericArgumentValue(instance);
        kit.setScope(ConfigurableBeanFactory.SCOPE_PROTOTYPE);
        kit.addQualifier(new AutowireCandidateQualifier(WalwireInstance.class, instance));
        return kit;
    }
}
