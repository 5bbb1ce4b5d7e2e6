/** A search index that fills itself with the rows that are there, and stays right. */
@NullMarked
package io.walwire.examples.search;

import org.jspecify.annotations.NullMarked;
