package io.larch.config;

/** The data type in which sums travel. It changes results, so it is part of a run's identity. */
public enum Wire {
  F32,
  BF16
}
