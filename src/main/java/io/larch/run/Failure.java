package io.larch.run;

/** A run that began and could not end well; the message is one readable paragraph. */
public final class Failure extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** How it failed. */
  public enum Kind {
    FAILED,
    DIVERGED
  }

  private final Kind kind;

  public Failure(Kind kind, String paragraph, Throwable cause) {
    super(paragraph, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
