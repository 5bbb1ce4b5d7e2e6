/** Mails to users who sign up or change their plan, sent because a row was committed and not because code remembered to. */
@NullMarked
package io.walwire.examples.mail;

import org.jspecify.annotations.NullMarked;
