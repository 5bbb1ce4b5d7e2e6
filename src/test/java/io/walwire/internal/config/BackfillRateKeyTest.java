package io.walwire.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.config.WalwireConfig.Backfill.Rate;
import org.junit.jupiter.api.Test;

class BackfillRateKeyTest {
    private static Rate read(String rate) {
        return Given.minimum().with("backfill.rate", rate).read().backfill().rate();
    }

    @Test
    void rateOfABackfill_isAWordOrASize() {
        assertThat(Given.minimum().read().backfill().rate()).isEqualTo(Rate.AUTO);
        assertThat(read("auto")).isEqualTo(new Rate(0, true));
        assertThat(read("unlimited")).isEqualTo(new Rate(0, false));
        assertThat(read("10MiB")).isEqualTo(new Rate(10 << 20, false));
        assertThat(Given.minimum().with("backfill.rate", "unlimitd").problems())
                .singleElement()
                .asString()
                .startsWith("walwire.backfill.rate is \"unlimitd\": it must be auto, unlimited or a size such as 10MiB")
                .contains("Did you mean unlimited?");
    }
}
