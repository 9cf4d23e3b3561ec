package io.larch.compute;

import io.larch.observe.Track;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A compiled list of instructions. */
final class Program {
  private final List<Instruction> instructions;
  private final List<Section> sections;

  /** Instructions that follow each other and belong to one layer, in one direction. */
  private record Section(String kind, String layer, int from, int to) {}

  Program(List<Instruction> instructions) {
    this.instructions = List.copyOf(instructions);
    sections = sections(this.instructions);
  }

  private static List<Section> sections(List<Instruction> instructions) {
    List<Section> sections = new ArrayList<>();
    String kind = "forward";
    int from = 0;
    for (int i = 1; i <= instructions.size(); i++) {
      String layer = instructions.get(from).layer();
      if (i == instructions.size() || !instructions.get(i).layer().equals(layer)) {
        sections.add(new Section(kind, layer, from, i));
        kind = layer.equals(Compiler.LOSS) ? "backward" : kind;
        from = i;
      }
    }
    return List.copyOf(sections);
  }

  void run(Call call) {
    for (int i = 0; i < instructions.size(); i++) {
      instructions.get(i).run(call);
    }
  }

  /** Runs it and tells a track how long each layer took in each direction. */
  void run(Call call, Track track) {
    for (Section section : sections) {
      long began = System.nanoTime();
      for (int i = section.from; i < section.to; i++) {
        instructions.get(i).run(call);
      }
      track.span(section.kind, section.layer, Track.NO_SLICE, began, System.nanoTime());
    }
  }

  /** Instructions of one layer and kind are one entry, called as often as any of them. */
  List<Timing> timings() {
    Map<List<String>, Timing> timings = new LinkedHashMap<>();
    for (Instruction instruction : instructions) {
      Timing timing = instruction.timing();
      timings.merge(List.of(timing.layer(), timing.kind()), timing, Timing::with);
    }
    return List.copyOf(timings.values());
  }
}
