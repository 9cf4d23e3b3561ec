/** Translations found by beam search over what a network says of next words. */
package io.larch.translate;
