package io.walwire.internal.dispatch;

import io.walwire.handler.Callback;

/**
 * A callback and what its declaration is called, which is the same whenever the handler declares the same.
 *
 * @param declaration such as {@code transaction 1}
 * @param callback the user's code
 */
record DeclaredCallback<E>(String declaration, Callback<E> callback) {}
