/** Programs that measure Walwire beside its peers; never part of a build or a test. */
package io.walwire.benchmarks;
