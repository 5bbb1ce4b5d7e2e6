/** What an instance reports of its work, for metrics, health and logs. */
@NullMarked
package io.walwire.listener;

import org.jspecify.annotations.NullMarked;
