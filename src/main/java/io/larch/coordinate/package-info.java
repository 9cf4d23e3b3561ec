/**
 * What leads a run and what follows: generations, leases, who computes which lanes and who must be
 * given state. Plain classes that decide; messages, clocks and randomness are handed to them.
 */
package io.larch.coordinate;
