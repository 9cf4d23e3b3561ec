package io.larch.data;

/** The place of a picture that was found damaged. */
record WeightlessPicture(String name, long length) implements EncodedPicture {
  static WeightlessPicture of(EncodedPicture damaged) {
    return new WeightlessPicture(damaged.name(), damaged.length());
  }

  @Override
  public int label() {
    return Labels.WEIGHTLESS;
  }

  @Override
  public byte[] bytes() {
    throw new IllegalStateException(name + " is damaged and must not be read");
  }
}
