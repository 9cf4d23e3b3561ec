package io.larch.config;

/**
 * Input that cannot be worked with: a wrong option, setting, file or folder. The message is one
 * readable paragraph: what, where, both sides, the cure. The program ends with exit code 2.
 */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1;

  public Refusal(String paragraph) {
    super(paragraph);
  }

  public Refusal(String paragraph, Throwable cause) {
    super(paragraph, cause);
  }
}
