package io.walwire.spring;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/** The actuator's endpoint {@code walwire}. */
@AutoConfiguration(after = WalwireAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(Instances.class)
class WalwireEndpointAutoConfiguration {
    @Bean
    @ConditionalOnAvailableEndpoint(endpoint = WalwireEndpoint.class)
    WalwireEndpoint walwireEndpoint(Instances instances) {
        return new WalwireEndpoint(instances);
    }
}
