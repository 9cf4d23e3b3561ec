/**
 * A run on a cluster whose nodes are killed, stopped and joined on purpose, beside the same run
 * undisturbed: the weights must be the same bits.
 */
package io.larch.chaos;
