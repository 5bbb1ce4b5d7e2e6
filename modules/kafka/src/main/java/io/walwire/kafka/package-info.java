/** A sink that writes changes to Kafka topics. */
@NullMarked
package io.walwire.kafka;

import org.jspecify.annotations.NullMarked;
