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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
  private final int samples;
  private final int steps;
  private final boolean continues;
  private final PackedWeights weights;
  private final Owned owned;
  private final List<Instruction> instructions;
  private final List<Value.Slot> slots;
  private final List<memory> scratchpads;
  private final List<Runnable> afterPlacing;
  private final Set<String> begunGradients;
  private final List<Carried> carried;
  private final Aim aim;

  /**
   * @param samples of a micro-batch
   * @param owned takes all that the program is made of
   */
  ProgramBuilder(
      engine engine,
      stream stream,
      Precision precision,
      int samples,
      PackedWeights weights,
      Owned owned) {
    this.engine = engine;
    this.stream = stream;
    this.precision = precision;
    this.samples = samples;
    this.weights = weights;
    steps = 1;
    continues = false;
    this.owned = owned;
    instructions = new ArrayList<>();
    slots = new ArrayList<>();
    scratchpads = new ArrayList<>();
    afterPlacing = new ArrayList<>();
    begunGradients = new HashSet<>();
    carried = new ArrayList<>();
    aim = new Aim();
  }

  private ProgramBuilder(ProgramBuilder of, int samples, int steps, boolean continues) {
    this.samples = samples;
    this.steps = steps;
    this.continues = continues;
    engine = of.engine;
    stream = of.stream;
    precision = of.precision;
    weights = of.weights;
    owned = of.owned;
    instructions = of.instructions;
    slots = of.slots;
    scratchpads = of.scratchpads;
    afterPlacing = of.afterPlacing;
    begunGradients = of.begunGradients;
    carried = of.carried;
    aim = of.aim;
  }

  /**
   * The same program as stages see it that work along sequences of so many steps: their batch has a
   * row for each step of each sample, first those of step 0.
   */
  ProgramBuilder along(int newSteps) {
    return new ProgramBuilder(this, samples, newSteps, false);
  }

  /**
   * The same program as stages see it that take one step of so many sequences each time it runs,
   * and go on from where they were.
   */
  ProgramBuilder continued(int sequences) {
    return new ProgramBuilder(this, sequences, 1, true);
  }

  /** What a stage that goes on hands from one run to the next; none where sequences begin anew. */
  Optional<Carried> carried(memory.data_type type, long channels) {
    if (!continues) {
      return Optional.empty();
    }
    memory.desc desc = plain(type, batch(), channels);
    Carried added = new Carried(this, persistent(desc), persistent(desc));
    carried.add(added);
    return Optional.of(added);
  }

  /** All that is handed from one run to the next. */
  List<Carried> carried() {
    return List.copyOf(carried);
  }

  engine engine() {
    return engine;
  }

  Precision precision() {
    return precision;
  }

  /** Extents of a batch of activations, [N, C, H, W]. */
  long[] extents(Shape shape) {
    return new long[] {batch(), shape.channels(), shape.height(), shape.width()};
  }

  /** Rows of a batch: steps × samples. */
  int batch() {
    return steps * samples;
  }

  /** Samples in a micro-batch. */
  int samples() {
    return samples;
  }

  /** Steps of the sequences; 1 for pictures. */
  int steps() {
    return steps;
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

  /** Bytes of a value of that type. */
  int typeBytes() {
    return precision == Precision.BF16 ? Short.BYTES : Float.BYTES;
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

  /** A new value that is there after the run, for who goes on with what it says. */
  Value outcome(memory.desc desc) {
    return value(desc, continues);
  }

  private Value value(memory.desc desc, boolean persistent) {
    Value.Slot slot = new Value.Slot(desc.get_size(), persistent);
    slots.add(slot);
    return view(slot, desc, 0);
  }

  /** The same memory, seen with other extents. */
  Value reshaped(Value value, long... extents) {
    return part(value, value.desc().reshape(extents), 0);
  }

  /** Samples {@code from} to {@code from + count} of a batch; each lies in one piece. */
  Value samples(Value value, int from, int count) {
    long offset = value.slot().bytes() / batch() * from;
    return part(value, samples(value.desc(), count), offset);
  }

  /** A part of a value's memory, which begins {@code offset} bytes behind the value's. */
  Value part(Value value, memory.desc desc, long offset) {
    return view(value.slot(), desc, value.offset() + offset);
  }

  /** Part of a value of ours, {@code from} elements behind its beginning. */
  Value view(Value value, long[] extents, long[] strides, long from) {
    memory.desc desc = new memory.desc(extents, value.desc().get_data_type(), strides);
    return part(value, desc, from * memory.data_type_size(desc.get_data_type()));
  }

  /** A value that never changes, f32 and row-major. */
  Value constant(float[] values, long... extents) {
    Value constant = persistent(plain(extents));
    afterPlacing(() -> constant.slot().floats().put(values));
    return constant;
  }

  /** The layout of the first samples of a batch. */
  static memory.desc samples(memory.desc desc, int count) {
    long[] extents = new long[desc.get_ndims()];
    desc.get_dims().get(extents);
    extents[0] = count;
    return desc.submemory_desc(extents, new long[extents.length]);
  }

  private Value view(Value.Slot slot, memory.desc desc, long offset) {
    Value value = new Value(slot, owned.keep(desc), unplaced(desc), offset);
    slot.addView(value.memory(), offset, aim);
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
    copy(layer, "reorder", value, copy);
    return copy;
  }

  /** Appends a copy between two values of the same extents. */
  void copy(String layer, String kind, Value from, Value to) {
    execute(
        layer,
        kind,
        new reorder.primitive_desc(engine, from.desc(), engine, to.desc(), attributes(), false),
        Map.of(DNNL_ARG_FROM, from, DNNL_ARG_TO, to));
  }

  /** Appends a primitive. */
  void execute(String layer, String kind, primitive_desc_base desc, Map<Integer, Value> values) {
    Execution execution = execution(desc, values);
    String implementation = desc.impl_info_str().getString();
    append(layer, kind, implementation, values.values(), call -> execution.run());
  }

  /**
   * Has a primitive run once a step, when the weights are packed; it makes persistent values of
   * {@link #packed} ones.
   */
  void executeOncePacked(primitive_desc_base desc, Map<Integer, Value> values) {
    weights.afterwards(execution(desc, values));
  }

  private Execution execution(primitive_desc_base desc, Map<Integer, Value> values) {
    primitive primitive = owned.keep(new primitive(desc.get()));
    IntMemoryMap arguments = owned.keep(new IntMemoryMap());
    values.forEach((argument, value) -> arguments.put(argument, value.memory()));
    addScratchpad(desc, arguments);
    return () -> primitive.execute(stream, arguments);
  }

  /** Appends the clearing of a whole value; returns it. */
  Value zero(String layer, Value value) {
    perform(layer, "clear", List.of(value), call -> value.slot().clear());
    return value;
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
    append(layer, kind, Timing.OWN, touched, action);
  }

  private void append(
      String layer,
      String kind,
      String implementation,
      Iterable<Value> touched,
      Instruction.Action action) {
    touched.forEach(value -> value.slot().touch(instructions.size()));
    instructions.add(new Instruction(layer, kind, implementation, action));
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
   * PackedWeights#pack}.
   *
   * @param extents its extents as the primitive sees them; row-major the same as in the flat block
   */
  Value packed(String tensor, memory.desc desc, long... extents) {
    return packed(tensor, desc, plain(extents));
  }

  /**
   * The same for a tensor that is not to be seen as row-major.
   *
   * @param flatDesc how the primitive's extents lie in the flat block
   */
  Value packed(String tensor, memory.desc desc, memory.desc flatDesc) {
    return weights.packed(tensor, desc, flatDesc, attributes());
  }

  /** The gradient of a parameter tensor, on its way to the flat block. */
  GradientStore gradient(String tensor, memory.desc desc, long... extents) {
    return new GradientStore(this, place(tensor), value(desc), unplaced(plain(extents)));
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
    return weights.layout().place(tensor);
  }

  /** A parameter tensor as it lies in the flat block of the step's weights. */
  FlatTensor weights(String tensor) {
    return weights.flat(tensor);
  }

  /** Whether nothing so far adds to a tensor's gradient; asked once by each who does. */
  boolean beginsGradient(String tensor) {
    return begunGradients.add(tensor);
  }

  private void addScratchpad(primitive_desc_base desc, IntMemoryMap arguments) {
    memory.desc needed = desc.scratchpad_desc();
    if (needed.get_size() > 0) {
      memory scratchpad = unplaced(needed);
      scratchpads.add(scratchpad);
      arguments.put(DNNL_ARG_SCRATCHPAD, scratchpad);
    }
  }

  /** Bytes of the values that do not outlive a step. */
  long valueBytes() {
    return plan(passing()).bytes();
  }

  /** Bytes that the primitive needs that needs most. */
  long scratchBytes() {
    return scratchpads.stream().mapToLong(each -> each.get_desc().get_size()).max().orElse(0);
  }

  /** Places all memory; the arena must outlive the result. */
  Program build(Arena arena) {
    List<Value.Slot> lasting = slots.stream().filter(Value.Slot::persistent).toList();
    FloatBlock own = FloatBlock.allocate((plan(lasting).bytes() + Float.BYTES - 1) / Float.BYTES);
    place(lasting, owned.own(own));
    place(passing(), arena.values());
    scratchpads.forEach(each -> each.set_data_handle(aim.at(arena.scratch().address(0))));
    afterPlacing.forEach(Runnable::run);
    return new Program(instructions);
  }

  private List<Value.Slot> passing() {
    return slots.stream().filter(slot -> !slot.persistent()).toList();
  }

  private static MemoryPlan plan(List<Value.Slot> some) {
    return new MemoryPlan(some.stream().map(Value.Slot::lifetime).toList());
  }

  private void place(List<Value.Slot> some, FloatBlock block) {
    MemoryPlan plan = plan(some);
    for (int i = 0; i < some.size(); i++) {
      some.get(i).place(block, plan.offset(i) / Float.BYTES, aim);
    }
  }
}
