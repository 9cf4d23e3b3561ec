package io.larch.cluster;

import io.larch.reduce.Replica;

/** Where a node keeps the committed state on disk. Called off the dispatchers; may block. */
public interface Archive {
  /** Keeps the replica's committed state; returns the folder's name. Throws when it cannot. */
  String write(Replica replica);
}
