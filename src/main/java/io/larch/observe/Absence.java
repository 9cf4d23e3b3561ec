package io.larch.observe;

/**
 * A node that the others wait for.
 *
 * @param node its name
 * @param step the step that cannot go on
 * @param phase in which it is waited for, such as reduction
 * @param layer whose values are missing; empty if it is not about a layer
 * @param sinceMillis since when nothing moves, in milliseconds since 1970
 * @param text all of it in words
 */
public record Absence(
    String node, long step, String phase, String layer, long sinceMillis, String text) {}
