package io.larch.compute;

/** One entry of a program's list: a primitive or a loop of our own. */
final class Instruction {
  /** What it does. */
  interface Action {
    void run(Call call);
  }

  private final String layer;
  private final String kind;
  private final String implementation;
  private final Action action;
  private long calls;
  private long nanoseconds;

  Instruction(String layer, String kind, String implementation, Action action) {
    this.layer = layer;
    this.kind = kind;
    this.implementation = implementation;
    this.action = action;
  }

  String layer() {
    return layer;
  }

  void run(Call call) {
    long begin = System.nanoTime();
    action.run(call);
    nanoseconds += System.nanoTime() - begin;
    calls++;
  }

  Timing timing() {
    return new Timing(layer, kind, implementation, calls, nanoseconds);
  }
}
