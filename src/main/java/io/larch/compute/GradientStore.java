package io.larch.compute;

import io.larch.model.Layout;
import java.util.List;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.reorder;

/**
 * The way of one tensor's gradient from the primitive that computes it to its place in the flat
 * block. Where both have one layout and nothing is to be added, the primitive writes there itself.
 */
final class GradientStore {
  private final ProgramBuilder program;
  private final long from;
  private final Value value;
  private final memory flat;
  private final boolean direct;
  private final ProgramBuilder.Execution write;
  private final ProgramBuilder.Execution add;

  GradientStore(ProgramBuilder program, Layout.Place place, Value value, memory flat) {
    this.program = program;
    this.value = value;
    this.flat = flat;
    from = place.from();
    direct = value.desc().equals(flat.get_desc());
    post_ops sum = new post_ops();
    sum.append_sum();
    write = program.reorder(reorderDesc(new post_ops()), value.memory(), flat);
    add = program.reorder(reorderDesc(sum), value.memory(), flat);
  }

  private reorder.primitive_desc reorderDesc(post_ops postOps) {
    return new reorder.primitive_desc(
        program.engine(),
        value.desc(),
        program.engine(),
        flat.get_desc(),
        program.attributes(postOps),
        false);
  }

  /** What the primitive writes to. */
  Value value() {
    return value;
  }

  /** Appends what must come before the primitive. */
  void before(String layer) {
    if (direct) {
      program.perform(layer, "aim", List.of(value), this::redirect);
    }
  }

  /** Appends what must come after it. */
  void after(String layer) {
    program.perform(layer, "store gradient", List.of(value), this::store);
  }

  private void redirect(Call call) {
    long target = call.accumulate ? value.slot().address() : call.gradient.address(from);
    value.memory().set_data_handle(program.aim().at(target));
  }

  private void store(Call call) {
    if (call.accumulate || !direct) {
      flat.set_data_handle(program.aim().at(call.gradient.address(from)));
      (call.accumulate ? add : write).run();
    }
  }
}
