package io.larch.compute;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;

import io.larch.config.Precision;
import io.larch.model.Layout;
import io.larch.model.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.scratchpad_mode;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc_base;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Pointer;

/**
 * Takes down the instructions of a program and what memory they touch; {@link #build} then places
 * the memory. Values that no instruction needs any more give their memory to later ones.
 */
@SuppressWarnings("VariableNameSameAsType") // oneDNN writes its types in lower case
final class ProgramBuilder {
  private final engine engine;
  private final stream stream;
  private final Precision precision;
  private final int batch;
  private final Layout layout;
  private final Owned owned = new Owned();
  private final List<Instruction> instructions = new ArrayList<>();
  private final List<Packing> packings = new ArrayList<>();
  private final List<Value.Slot> slots = new ArrayList<>();
  private final List<memory> scratchpads = new ArrayList<>();
  private final List<Runnable> afterPlacing = new ArrayList<>();
  private final Aim aim = new Aim();
  private long scratchBytes;

  ProgramBuilder(engine engine, stream stream, Precision precision, int batch, Layout layout) {
    this.engine = engine;
    this.stream = stream;
    this.precision = precision;
    this.batch = batch;
    this.layout = layout;
  }

  engine engine() {
    return engine;
  }

  /** Extents of a batch of activations, [N, C, H, W]. */
  long[] extents(Shape shape) {
    return new long[] {batch, shape.channels(), shape.height(), shape.width()};
  }

  /** Samples in a batch. */
  int batch() {
    return batch;
  }

  /** Attributes that every primitive has: the same bits each time, and memory that we own. */
  primitive_attr attributes() {
    primitive_attr attributes = new primitive_attr();
    attributes.set_deterministic(true);
    attributes.set_scratchpad_mode(scratchpad_mode.user);
    return attributes;
  }

  primitive_attr attributes(post_ops postOps) {
    primitive_attr attributes = attributes();
    attributes.set_post_ops(postOps);
    return attributes;
  }

  /** The type of activations and packed weights. */
  memory.data_type type() {
    return precision == Precision.BF16 ? memory.data_type.bf16 : memory.data_type.f32;
  }

  /** A layout for oneDNN to choose. */
  memory.desc any(long... extents) {
    return new memory.desc(extents, type(), memory.format_tag.any);
  }

  /** Row-major f32. */
  static memory.desc plain(long... extents) {
    return plain(memory.data_type.f32, extents);
  }

  /** Row-major. */
  static memory.desc plain(memory.data_type type, long... extents) {
    long[] strides = new long[extents.length];
    long stride = 1;
    for (int i = extents.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= extents[i];
    }
    return new memory.desc(extents, type, strides);
  }

  /** A new value that lives from the first to the last instruction that touches it. */
  Value value(memory.desc desc) {
    return value(desc, false);
  }

  /** A new value that keeps its contents between steps. */
  Value persistent(memory.desc desc) {
    return value(desc, true);
  }

  private Value value(memory.desc desc, boolean persistent) {
    Value.Slot slot = new Value.Slot(desc.get_size(), persistent);
    slots.add(slot);
    return view(slot, desc, 0);
  }

  /** The same memory, seen with other extents. */
  Value reshaped(Value value, long... extents) {
    return view(value.slot(), value.desc().reshape(extents), 0);
  }

  /** Samples {@code from} to {@code from + count} of a batch; each lies in one piece. */
  Value samples(Value value, int from, int count) {
    long offset = value.slot().bytes() / batch * from;
    return view(value.slot(), samples(value.desc(), count), offset);
  }

  /** The layout of the first samples of a batch. */
  static memory.desc samples(memory.desc desc, int count) {
    long[] extents = new long[desc.get_ndims()];
    desc.get_dims().get(extents);
    extents[0] = count;
    return desc.submemory_desc(extents, new long[extents.length]);
  }

  private Value view(Value.Slot slot, memory.desc desc, long offset) {
    Value value = new Value(slot, owned.keep(desc), unplaced(desc));
    slot.addView(value.memory(), offset);
    return value;
  }

  private memory unplaced(memory.desc desc) {
    return owned.keep(new memory(desc, engine, (Pointer) null));
  }

  /** The value in another layout or type: itself, or a reordered copy. */
  Value reordered(String layer, Value value, memory.desc desc) {
    if (value.desc().equals(desc)) {
      return value;
    }
    Value copy = value(desc);
    execute(
        layer,
        "reorder",
        new reorder.primitive_desc(engine, value.desc(), engine, desc, attributes(), false),
        Map.of(DNNL_ARG_FROM, value, DNNL_ARG_TO, copy));
    return copy;
  }

  /** Appends a primitive. */
  void execute(String layer, String kind, primitive_desc_base desc, Map<Integer, Value> values) {
    primitive primitive = owned.keep(new primitive(desc.get()));
    IntMemoryMap arguments = owned.keep(new IntMemoryMap());
    values.forEach((argument, value) -> arguments.put(argument, value.memory()));
    addScratchpad(desc, arguments);
    perform(layer, kind, values.values(), call -> primitive.execute(stream, arguments));
  }

  /** Appends {@code sum += part}. */
  void add(String layer, Value sum, Value part) {
    execute(
        layer,
        "add parts",
        new binary.primitive_desc(
            engine, algorithm.binary_add, sum.desc(), part.desc(), sum.desc(), attributes(), false),
        Map.of(DNNL_ARG_SRC_0, sum, DNNL_ARG_SRC_1, part, DNNL_ARG_DST, sum));
  }

  /** Appends work of our own on some values. */
  void perform(String layer, String kind, Iterable<Value> touched, Instruction.Action action) {
    touched.forEach(value -> value.slot().touch(instructions.size()));
    instructions.add(new Instruction(layer, kind, action));
  }

  /** Notes what is to be done once memory is placed. */
  void afterPlacing(Runnable action) {
    afterPlacing.add(action);
  }

  /** Reports a layer's gradient as complete. */
  void ready(String layer) {
    perform(layer, "ready", List.of(), call -> call.layerReady.accept(layer));
  }

  /**
   * A parameter tensor in the layout and type that a primitive wants, filled by {@link
   * Program#pack}.
   *
   * @param extents its extents as the primitive sees them; row-major the same as in the flat block
   */
  Value packed(String tensor, memory.desc desc, long... extents) {
    Value value = persistent(desc);
    memory flat = unplaced(plain(extents));
    reorder.primitive_desc reorderDesc =
        new reorder.primitive_desc(engine, flat.get_desc(), engine, desc, attributes(), false);
    packings.add(
        new Packing(
            layout.place(tensor).from(), flat, reorder(reorderDesc, flat, value.memory()), aim));
    return value;
  }

  /** The gradient of a parameter tensor, on its way to the flat block. */
  GradientStore gradient(String tensor, memory.desc desc, long... extents) {
    return new GradientStore(this, layout.place(tensor), value(desc), unplaced(plain(extents)));
  }

  /** A reorder between two memories, to be run by hand. */
  Execution reorder(reorder.primitive_desc desc, memory from, memory to) {
    IntMemoryMap arguments = owned.keep(new IntMemoryMap());
    arguments.put(DNNL_ARG_FROM, from);
    arguments.put(DNNL_ARG_TO, to);
    addScratchpad(desc, arguments);
    primitive primitive = owned.keep(new primitive(desc.get()));
    return () -> primitive.execute(stream, arguments);
  }

  /** A primitive with its arguments. */
  interface Execution {
    void run();
  }

  Aim aim() {
    return aim;
  }

  Layout.Place place(String tensor) {
    return layout.place(tensor);
  }

  private void addScratchpad(primitive_desc_base desc, IntMemoryMap arguments) {
    memory.desc needed = desc.scratchpad_desc();
    if (needed.get_size() > 0) {
      memory scratchpad = unplaced(needed);
      scratchpads.add(scratchpad);
      scratchBytes = Math.max(scratchBytes, needed.get_size());
      arguments.put(DNNL_ARG_SCRATCHPAD, scratchpad);
    }
  }

  /** Places all memory. The caller owns the result. */
  Program build() {
    placeSlots(slots.stream().filter(Value.Slot::persistent).toList());
    placeSlots(slots.stream().filter(slot -> !slot.persistent()).toList());
    FloatBlock scratch = owned.keep(block(scratchBytes));
    scratchpads.forEach(scratchpad -> scratchpad.set_data_handle(aim.at(scratch.address(0))));
    afterPlacing.forEach(Runnable::run);
    return new Program(instructions, packings, owned);
  }

  private void placeSlots(List<Value.Slot> some) {
    MemoryPlan plan = new MemoryPlan(some.stream().map(Value.Slot::lifetime).toList());
    FloatBlock block = owned.keep(block(plan.bytes()));
    for (int i = 0; i < some.size(); i++) {
      some.get(i).place(block, plan.offset(i) / Float.BYTES, aim);
    }
  }

  private static FloatBlock block(long bytes) {
    return FloatBlock.allocate((bytes + Float.BYTES - 1) / Float.BYTES);
  }

  /** Frees what was made so far, when compiling fails. */
  void abandon() {
    owned.close();
  }

  /** Takes one tensor out of a flat block. */
  record Packing(long from, memory flat, Execution reorder, Aim aim) {
    void run(FloatBlock weights) {
      flat.set_data_handle(aim.at(weights.address(from)));
      reorder.run();
    }
  }
}
