package io.walwire.spring;

import org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The health contributor {@code walwire} of Spring Boot 3. */
@AutoConfiguration(after = WalwireAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(Instances.class)
@ConditionalOnEnabledHealthIndicator("walwire")
class Boot3HealthAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean(name = "walwireHealthIndicator")
    HealthIndicator walwireHealthIndicator(Instances instances) {
        return () -> {
            Health.Builder health = instances.areUp() ? Health.up() : Health.down();
            return health.withDetails(instances.health()).build();
        };
    }
}
