package io.walwire.examples.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs as Standard Webhooks has it (symmetric, {@code v1}), so that the libraries which receivers use can verify it. */
public final class WebhookSignature {
    private static final String PREFIX = "whsec_";
    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;

    /**
     * Reads the secret.
     *
     * @param secret {@code whsec_} and the key in Base64, known to sender and receiver alone
     * @throws IllegalArgumentException if it is anything else
     */
    public WebhookSignature(String secret) {
        if (!secret.startsWith(PREFIX)) {
            throw new IllegalArgumentException("A webhook's secret begins with " + PREFIX);
        }
        key = new SecretKeySpec(Base64.getDecoder().decode(secret.substring(PREFIX.length())), ALGORITHM);
    }

    /**
     * Signs a message.
     *
     * @param id the header {@code webhook-id}
     * @param timestamp when it is sent, the header {@code webhook-timestamp} in seconds
     * @param body exactly what is sent
     * @return the header {@code webhook-signature}
     */
    public String sign(String id, Instant timestamp, String body) {
        String signed = id + '.' + timestamp.getEpochSecond() + '.' + body;
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has " + ALGORITHM, e);
        }
    }

    /**
     * Verifies a message, for who receives it. That the time is not long ago is for the receiver to see.
     *
     * @param signature the header {@code webhook-signature}
     * @param id the header {@code webhook-id}
     * @param timestamp the header {@code webhook-timestamp}
     * @param body exactly what was received
     * @return whether the sender knows the secret
     */
    public boolean verifies(String signature, String id, Instant timestamp, String body) {
        byte[] expected = sign(id, timestamp, body).getBytes(StandardCharsets.UTF_8);
        // takes the same time wherever the texts differ, so that the signature cannot be guessed byte by byte
        return MessageDigest.isEqual(expected, signature.getBytes(StandardCharsets.UTF_8));
    }
}
