/**
 * Words: sentences cut into subwords and put together again, and translations scored.
 *
 * <p>{@link io.larch.text.Vocabulary} numbers subwords, ids 0 to 3 having a meaning of their own.
 */
package io.larch.text;
