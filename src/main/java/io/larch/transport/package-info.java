/**
 * Moves pieces of tensors between nodes: chunks with a self-describing header on two streams to
 * each peer, over shared memory or udp. Knows nothing of training. One thread opens, polls and
 * sends; nothing here blocks but opening and closing. The only home of Aeron.
 */
package io.larch.transport;
