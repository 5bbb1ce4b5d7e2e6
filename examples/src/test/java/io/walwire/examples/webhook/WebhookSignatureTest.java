package io.walwire.examples.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The signature against the vector with which Standard Webhooks' own libraries are tested. */
class WebhookSignatureTest {
    private static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private static final Instant TIME = Instant.ofEpochSecond(1614265330);
    private static final String BODY = "{\"test\": 2432232314}";
    private static final String SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    private final WebhookSignature signature = new WebhookSignature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

    @Test
    void sign_knownMessage() {
        assertThat(signature.sign(ID, TIME, BODY)).isEqualTo(SIGNED);
    }

    @Test
    void verifies_theMessageItself_andNoOther() {
        assertThat(signature.verifies(SIGNED, ID, TIME, BODY)).isTrue();
        assertThat(signature.verifies(SIGNED, ID, TIME, BODY + " ")).isFalse();
        assertThat(signature.verifies(SIGNED, ID, TIME.plusSeconds(1), BODY)).isFalse();
        assertThat(signature.verifies(SIGNED, "msg_1", TIME, BODY)).isFalse();
    }

    @Test
    void secret_withoutItsPrefix_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new WebhookSignature("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    }
}
