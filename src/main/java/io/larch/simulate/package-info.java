/**
 * A virtual cluster: the classes that decide in a real one (leader, followers, exchange, norms),
 * run by one thread in virtual time against a seeded adversary.
 */
package io.larch.simulate;
