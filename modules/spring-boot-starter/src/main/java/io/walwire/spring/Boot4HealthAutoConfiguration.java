package io.walwire.spring;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** The health contributor {@code walwire} of Spring Boot 4. */
@AutoConfiguration(after = WalwireAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(Instances.class)
@ConditionalOnEnabledHealthIndicator("walwire")
class Boot4HealthAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean(name = "walwireHealthIndicator")
    HealthIndicator walwireHealthIndicator(Instances instances) {
        return () -> {
            Health.Builder health = instances.areUp() ? Health.up() : Health.down();
            return health.withDetails(instances.health()).build();
        };
    }
}
