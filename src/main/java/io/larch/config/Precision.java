package io.larch.config;

/** The data type of activations and packed weights; master weights and gradients are always f32. */
public enum Precision {
  F32,
  BF16
}
