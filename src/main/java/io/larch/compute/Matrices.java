package io.larch.compute;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;

import java.util.Map;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;

/**
 * The activations of a layer over sequences as row-major matrices [R, channels]: a row for each
 * sample of each step, first those of step 0. In bf16, what loops of our own work on has a twin in
 * f32, and values are converted to and fro.
 */
final class Matrices {
  private final ProgramBuilder program;
  private final String layer;

  Matrices(ProgramBuilder program, String layer) {
    this.program = program;
    this.layer = layer;
  }

  /** A new matrix of the program's type. */
  Value typed(long channels) {
    return program.value(ProgramBuilder.plain(program.type(), program.batch(), channels));
  }

  /** A new matrix in f32. */
  Value f32(long channels) {
    return program.value(ProgramBuilder.plain(program.batch(), channels));
  }

  /** An activation as a matrix, reordered if need be. */
  Value of(Value activation, int channels) {
    Value plain =
        program.reordered(
            layer,
            activation,
            ProgramBuilder.plain(program.type(), program.batch(), channels, 1, 1));
    return program.reshaped(plain, program.batch(), channels);
  }

  /** The matrix itself if it is f32, else a new one that is. */
  Value f32Twin(Value matrix, long channels) {
    return isF32() ? matrix : f32(channels);
  }

  /** The f32 matrix itself if that is the program's type, else a new one of that type. */
  Value typedTwin(Value matrix, long channels) {
    return isF32() ? matrix : typed(channels);
  }

  private boolean isF32() {
    return program.type() == memory.data_type.f32;
  }

  /** Rows of one step. */
  Value step(Value matrix, int step) {
    return program.samples(matrix, step * program.samples(), program.samples());
  }

  /** Brings a value into its twin; nothing to do if they are one. */
  void convert(Value from, Value to) {
    if (from.slot() != to.slot()) {
      copy(from, to);
    }
  }

  /** A gradient as an f32 matrix that may be added to. */
  Value copy(Gradients.Gradient gradient, int channels) {
    memory.desc plain = ProgramBuilder.plain(program.batch(), channels, 1, 1);
    boolean fits = gradient.exclusive() && gradient.value().desc().equals(plain);
    Value value = fits ? gradient.value() : program.value(plain);
    convert(gradient.value(), value);
    return program.reshaped(value, program.batch(), channels);
  }

  private void copy(Value from, Value to) {
    program.execute(
        layer,
        "reorder",
        new reorder.primitive_desc(
            program.engine(),
            from.desc(),
            program.engine(),
            to.desc(),
            program.attributes(),
            false),
        Map.of(DNNL_ARG_FROM, from, DNNL_ARG_TO, to));
  }
}
