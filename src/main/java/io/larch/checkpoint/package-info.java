/** Checkpoints on disk: safetensors, atomic, verified by digest. Knows tensors by name only. */
package io.larch.checkpoint;
