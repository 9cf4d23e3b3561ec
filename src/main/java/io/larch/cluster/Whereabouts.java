package io.larch.cluster;

/**
 * Where a node can be seen to live.
 *
 * @param member the address of its actors and its incarnation there
 * @param host of its lifelines
 * @param port of its lifelines
 */
record Whereabouts(String member, String host, int port, ProcessMark process) implements Remote {}
