/** The Kafka part of the demo: a broker of its own, and what a consumer sees. */
@NullMarked
package io.walwire.cli.demo.kafka;

import org.jspecify.annotations.NullMarked;
