/**
 * Counter-based random numbers: a pure function of what they are for, never of who asks or when.
 */
package io.larch.random;
