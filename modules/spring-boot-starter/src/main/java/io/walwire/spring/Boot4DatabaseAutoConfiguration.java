package io.walwire.spring;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;

/** The connection details of Spring Boot 4. */
@AutoConfiguration(
        before = WalwireAutoConfiguration.class,
        afterName = "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration")
@ConditionalOnClass(JdbcConnectionDetails.class)
class Boot4DatabaseAutoConfiguration {
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
