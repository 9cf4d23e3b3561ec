package io.larch.compute;

import java.util.function.Consumer;

/** The arguments of the step that runs now, and its outcome. One object for a program's life. */
final class Call {
  int[] labels;
  Sentences sentences;
  long firstPosition;
  FloatBlock gradient;
  boolean accumulate;
  Consumer<String> layerReady;
  Outcome outcome = Outcome.NONE;

  /** When forward was over and the loss known, by {@link System#nanoTime}. */
  long backwardBeganNs;
}
