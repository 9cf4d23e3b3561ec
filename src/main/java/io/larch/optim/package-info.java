/**
 * LARS and its kin, and learning-rate schedules: pure arithmetic over pieces of the flat blocks.
 */
package io.larch.optim;
