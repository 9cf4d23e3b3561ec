package io.larch.compute;

import java.util.List;

/** A compiled list of instructions with its memory. */
final class Program implements AutoCloseable {
  private final List<Instruction> instructions;
  private final List<ProgramBuilder.Packing> packings;
  private final Owned owned;

  Program(List<Instruction> instructions, List<ProgramBuilder.Packing> packings, Owned owned) {
    this.instructions = List.copyOf(instructions);
    this.packings = List.copyOf(packings);
    this.owned = owned;
  }

  void pack(FloatBlock weights) {
    for (int i = 0; i < packings.size(); i++) {
      packings.get(i).run(weights);
    }
  }

  void run(Call call) {
    for (int i = 0; i < instructions.size(); i++) {
      instructions.get(i).run(call);
    }
  }

  List<Timing> timings() {
    return instructions.stream().map(Instruction::timing).toList();
  }

  @Override
  public void close() {
    owned.close();
  }
}
