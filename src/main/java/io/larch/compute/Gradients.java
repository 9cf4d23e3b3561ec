package io.larch.compute;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl.algorithm;

/** The gradients of activations while backward is compiled; several consumers add up. */
final class Gradients {
  /**
   * @param exclusive whether nobody else needs the value, so that it may be overwritten
   */
  record Gradient(Value value, boolean exclusive) {}

  private final ProgramBuilder program;
  private final Set<Value> wanted;
  private final Map<Value, Gradient> byActivation = new HashMap<>();

  /**
   * @param wanted the activations that parameters lie before
   */
  Gradients(ProgramBuilder program, Set<Value> wanted) {
    this.program = program;
    this.wanted = wanted;
  }

  boolean wants(Value activation) {
    return wanted.contains(activation);
  }

  /** Adds a consumer's part of an activation's gradient, brought into the activation's layout. */
  void add(String layer, Value activation, Gradient part) {
    if (wants(activation)) {
      Gradient fitting = fitted(layer, activation, part);
      byActivation.merge(activation, fitting, (sum, more) -> sum(layer, sum, more));
    }
  }

  /** The whole gradient of an activation, once all its consumers have added theirs. */
  Gradient take(Value activation) {
    return byActivation.remove(activation);
  }

  /** A gradient in the activation's layout. */
  Gradient fitted(String layer, Value activation, Gradient gradient) {
    Value value = program.reordered(layer, gradient.value(), activation.desc());
    return value == gradient.value() ? gradient : new Gradient(value, true);
  }

  /** Where to write a changed gradient: in place, if nobody else needs the old one. */
  Value target(Gradient gradient) {
    return gradient.exclusive() ? gradient.value() : program.value(gradient.value().desc());
  }

  private Gradient sum(String layer, Gradient a, Gradient b) {
    return a.exclusive() ? sumInto(layer, a, b) : sumInto(layer, b, a);
  }

  private Gradient sumInto(String layer, Gradient first, Gradient second) {
    Value target = target(first);
    program.execute(
        layer,
        "add gradients",
        new binary.primitive_desc(
            program.engine(),
            algorithm.binary_add,
            first.value().desc(),
            second.value().desc(),
            target.desc(),
            program.attributes(),
            false),
        Map.of(
            DNNL_ARG_SRC_0, first.value(), DNNL_ARG_SRC_1, second.value(), DNNL_ARG_DST, target));
    return new Gradient(target, true);
  }
}
