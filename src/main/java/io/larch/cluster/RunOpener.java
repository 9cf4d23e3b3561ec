package io.larch.cluster;

/** Makes submitted runs ready on this node. Called off the dispatchers; may block. */
public interface RunOpener {
  /**
   * Reads data, builds the network, and fills the replica from the beginning or a checkpoint.
   *
   * @param runFile the text of a run file
   * @param resume whether to go on from the newest valid checkpoint, if there is one
   * @throws io.larch.config.Refusal if this node cannot take part
   */
  OpenRun open(String runFile, boolean resume);
}
