package io.walwire.examples.shop;

import io.walwire.micrometer.WalwireMetrics;
import io.walwire.spring.WalwireInstance;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Bean;

/** Two instances of Walwire, which {@code application.properties} describes, and the meters of each. */
@SpringBootApplication
@EnableCaching
public class ShopApplication {
    public static void main(String[] args) {
        SpringApplication.run(ShopApplication.class, args);
    }

    @Bean
    @WalwireInstance("mails")
    WalwireMetrics mailMetrics() {
        return new WalwireMetrics();
    }

    @Bean
    @WalwireInstance("pages")
    WalwireMetrics pageMetrics() {
        return new WalwireMetrics();
    }
}
