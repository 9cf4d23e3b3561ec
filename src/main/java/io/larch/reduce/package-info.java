/**
 * The canonical tree, slices, staging and commit: plain classes that decide, without threads or
 * input and output.
 */
package io.larch.reduce;
