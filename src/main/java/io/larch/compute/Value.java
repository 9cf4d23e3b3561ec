package io.larch.compute;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.memory;

/**
 * A tensor of a program: its layout and the memory that oneDNN knows it by. Views of one tensor
 * share a {@link Slot}. Two values are equal only if they are one.
 */
@SuppressWarnings("VariableNameSameAsType") // oneDNN writes its types in lower case
final class Value {
  private final Slot slot;
  private final memory.desc desc;
  private final memory memory;
  private final long offset;

  /**
   * @param offset bytes from the slot's beginning to the tensor's
   */
  Value(Slot slot, memory.desc desc, memory memory, long offset) {
    this.slot = slot;
    this.desc = desc;
    this.memory = memory;
    this.offset = offset;
  }

  Slot slot() {
    return slot;
  }

  memory.desc desc() {
    return desc;
  }

  memory memory() {
    return memory;
  }

  long offset() {
    return offset;
  }

  private record View(memory memory, long offset) {}

  /** A piece of memory that is placed when the whole program is known. */
  static final class Slot {
    private final long bytes;
    private final boolean persistent;
    private final List<View> views = new ArrayList<>();
    private int first = Integer.MAX_VALUE;
    private int last = -1;
    private FloatBlock block;
    private long from;

    /**
     * @param persistent whether it keeps its contents between steps
     */
    Slot(long bytes, boolean persistent) {
      this.bytes = bytes;
      this.persistent = persistent;
    }

    /** Adds a view that begins some bytes behind the slot's beginning, placed or not. */
    void addView(memory view, long offset, Aim aim) {
      views.add(new View(view, offset));
      if (block != null) {
        view.set_data_handle(aim.at(address() + offset));
      }
    }

    /** Notes that instruction {@code index} reads or writes it. */
    void touch(int index) {
      first = Math.min(first, index);
      last = Math.max(last, index);
    }

    long bytes() {
      return bytes;
    }

    boolean persistent() {
      return persistent;
    }

    MemoryPlan.Lifetime lifetime() {
      return persistent || last < 0
          ? new MemoryPlan.Lifetime(bytes, 0, Integer.MAX_VALUE)
          : new MemoryPlan.Lifetime(bytes, first, last);
    }

    /** Puts it into a block, {@code from} floats behind its beginning. */
    void place(FloatBlock newBlock, long newFrom, Aim aim) {
      block = newBlock;
      from = newFrom;
      views.forEach(view -> view.memory().set_data_handle(aim.at(address() + view.offset())));
    }

    long address() {
      return block.address(from);
    }

    /** Sets all of it to 0. */
    void clear() {
      block.clear(from, bytes);
    }

    /** Its bytes, for Java; once it is placed. */
    ByteBuffer bytesInJava() {
      return block.bytes(from, bytes);
    }

    /** Its values, for Java; once it is placed. */
    FloatBuffer floats() {
      return block.view(from, Math.toIntExact(bytes / Float.BYTES));
    }
  }
}
