package io.larch.random;

/** What a random number is drawn for; streams of different purposes are independent. */
public enum Purpose {
  INITIALISATION,
  SAMPLE_ORDER,
  AUGMENTATION,
  DROPOUT,
  GENERATED_DATA,
  BENCHMARK,
  PROOF,
  SIMULATION
}
