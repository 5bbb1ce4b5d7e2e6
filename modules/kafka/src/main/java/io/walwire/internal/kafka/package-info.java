/** How the Kafka sink is found by its properties. */
@NullMarked
package io.walwire.internal.kafka;

import org.jspecify.annotations.NullMarked;
