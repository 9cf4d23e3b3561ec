package io.larch.data;

/** A picture cannot be decoded. The message says why and does not name it. */
final class PictureDamaged extends Exception {
  private static final long serialVersionUID = 1;

  PictureDamaged(String why) {
    super(why);
  }

  PictureDamaged(String why, Throwable cause) {
    super(why, cause);
  }
}
