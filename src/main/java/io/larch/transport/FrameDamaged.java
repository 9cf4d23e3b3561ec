package io.larch.transport;

/**
 * A frame that a peer has sent arrived damaged and was dropped. What it carried does not come
 * again, so who waits for it waits in vain.
 */
public final class FrameDamaged extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient DataAddress sender;

  FrameDamaged(DataAddress sender) {
    super("a frame from node %d was damaged on its way".formatted(sender.node()));
    this.sender = sender;
  }

  /** Whose frame it was. */
  public DataAddress sender() {
    return sender;
  }
}
