/**
 * The proof that nothing is lost: random histories under a seeded adversary, crashes at named points, and bounds of memory,
 * each judged from what the server's log says and not from what Walwire says of itself.
 */
@NullMarked
package io.walwire.reliability;

import org.jspecify.annotations.NullMarked;
