package io.walwire.examples.mail;

/**
 * A mail to one person.
 *
 * @param id names the mail for good: who tries to send the same mail again gives it the same id
 * @param to an address
 * @param subject one line
 * @param text plain text
 */
public record Mail(String id, String to, String subject, String text) {}
