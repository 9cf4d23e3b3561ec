package io.larch.compute;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;

import io.larch.model.Layout;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Pointer;

/**
 * The parameters of a network in the layouts and types that its primitives want. Programs of one
 * network may share it: who wants what another has already gets the same.
 */
@SuppressWarnings("VariableNameSameAsType") // oneDNN writes its types in lower case
final class PackedWeights implements AutoCloseable {
  private final engine engine;
  private final stream stream;
  private final Layout layout;
  private final Owned owned = new Owned();
  private final List<Packed> packed = new ArrayList<>();
  private final List<FlatTensor> flats = new ArrayList<>();
  private final Aim aim = new Aim();
  private final List<ProgramBuilder.Execution> afterwards = new ArrayList<>();

  private record Packed(
      String tensor, long from, memory flat, Value value, primitive reorder, IntMemoryMap args) {}

  PackedWeights(engine engine, stream stream, Layout layout) {
    this.engine = engine;
    this.stream = stream;
    this.layout = layout;
  }

  /** Where the tensors lie in the flat block. */
  Layout layout() {
    return layout;
  }

  /**
   * A tensor in a layout.
   *
   * @param flatDesc how the extents that the primitive sees lie in the flat block
   */
  Value packed(String tensor, memory.desc desc, memory.desc flatDesc, primitive_attr attributes) {
    for (Packed other : packed) {
      if (other.tensor().equals(tensor)
          && other.value().desc().equals(desc)
          && other.flat().get_desc().equals(flatDesc)) {
        return other.value();
      }
    }
    Packed added = pack(tensor, desc, flatDesc, attributes);
    packed.add(added);
    return added.value();
  }

  private Packed pack(
      String tensor, memory.desc desc, memory.desc flatDesc, primitive_attr attributes) {
    Value value = placed(desc);
    memory flat = owned.keep(new memory(flatDesc, engine, (Pointer) null));
    reorder.primitive_desc reorderDesc =
        new reorder.primitive_desc(engine, flatDesc, engine, desc, attributes, false);
    IntMemoryMap arguments = owned.keep(new IntMemoryMap());
    arguments.put(DNNL_ARG_FROM, flat);
    arguments.put(DNNL_ARG_TO, value.memory());
    if (reorderDesc.scratchpad_desc().get_size() > 0) {
      arguments.put(DNNL_ARG_SCRATCHPAD, placed(reorderDesc.scratchpad_desc()).memory());
    }
    primitive reorder = owned.keep(new primitive(reorderDesc.get()));
    return new Packed(tensor, layout.place(tensor).from(), flat, value, reorder, arguments);
  }

  private Value placed(memory.desc desc) {
    FloatBlock block = owned.own(FloatBlock.allocate(desc.get_size() / Float.BYTES + 1));
    memory memory = owned.keep(new memory(desc, engine, (Pointer) null));
    Value.Slot slot = new Value.Slot(desc.get_size(), true);
    slot.addView(memory, 0, aim);
    slot.place(block, 0, aim);
    return new Value(slot, owned.keep(desc), memory, 0);
  }

  /** Has something run each time after all are packed, such as what makes another form of them. */
  void afterwards(ProgramBuilder.Execution execution) {
    afterwards.add(execution);
  }

  /** A tensor as it lies in the flat block of the step's weights. */
  FlatTensor flat(String tensor) {
    FlatTensor flat = new FlatTensor(layout.place(tensor));
    flats.add(flat);
    return flat;
  }

  /** Takes all of them out of a flat block, which must keep its values until the next time. */
  void pack(FloatBlock weights) {
    for (int i = 0; i < packed.size(); i++) {
      Packed each = packed.get(i);
      each.flat().set_data_handle(aim.at(weights.address(each.from())));
      each.reorder().execute(stream, each.args());
    }
    for (int i = 0; i < afterwards.size(); i++) {
      afterwards.get(i).run();
    }
    for (int i = 0; i < flats.size(); i++) {
      flats.get(i).in(weights);
    }
  }

  @Override
  public void close() {
    owned.close();
  }
}
