package io.walwire.spring.test;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;

/** The kits of a {@link WalwireTest}, which names it in {@code META-INF/spring}. */
@AutoConfiguration
class WalwireTestAutoConfiguration {
    @Bean(KitBeans.KITS)
    static Kits walwireKits(ObjectProvider<WalwireKitCustomizer> customizers) {
        return new Kits(customizers);
    }

    @Bean
    static KitBeans walwireKitBeans() {
        return new KitBeans();
    }
}
