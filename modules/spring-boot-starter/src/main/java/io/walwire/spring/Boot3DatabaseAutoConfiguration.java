package io.walwire.spring;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.jdbc.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;

/** The connection details of Spring Boot 3. */
@AutoConfiguration(
        before = WalwireAutoConfiguration.class,
        afterName = "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration")
@ConditionalOnClass(JdbcConnectionDetails.class)
class Boot3DatabaseAutoConfiguration {
    @Bean
    ApplicationDatabase.Source walwireApplicationDatabase(ObjectProvider<JdbcConnectionDetails> all) {
        return () -> {
            JdbcConnectionDetails details = all.getIfUnique();
            return details == null
                    ? null
                    : new ApplicationDatabase(details.getJdbcUrl(), details.getUsername(), details.getPassword());
        };
    }
}
