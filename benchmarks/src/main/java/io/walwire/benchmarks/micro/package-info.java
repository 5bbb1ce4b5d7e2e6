/** JMH benchmarks of single stages; {@code benchmarks/run jmh} runs them with allocation per operation. */
package io.walwire.benchmarks.micro;
