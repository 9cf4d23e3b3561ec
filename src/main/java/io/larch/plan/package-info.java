/**
 * What a run would take on a cluster that one does not have: a discrete-event model of a step, made
 * of the program's own slices, lanes and placement and of measured or stated times.
 */
package io.larch.plan;
