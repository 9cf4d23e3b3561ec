package io.larch.coordinate;

/**
 * Something that a node needs of another before it can go on.
 *
 * @param node of whom
 * @param phase in which, such as reduction
 * @param layer empty if it is not about a layer
 * @param what is missing, in words
 */
public record Wait(String node, String phase, String layer, String what) {}
