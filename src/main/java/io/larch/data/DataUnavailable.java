package io.larch.data;

/** Samples that were asked for could not be had, or not in time. The message names them. */
public final class DataUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DataUnavailable(String paragraph) {
    super(paragraph);
  }

  public DataUnavailable(String paragraph, Throwable cause) {
    super(paragraph, cause);
  }
}
