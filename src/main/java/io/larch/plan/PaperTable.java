package io.larch.plan;

import com.typesafe.config.ConfigFactory;
import io.larch.config.ModelSettings;
import io.larch.config.Wire;
import io.larch.model.Network;
import io.larch.model.Networks;
import io.larch.reduce.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The time table of You et al. (TPDS 2019; ICPP 2018), claimed beside modelled. A processor's
 * sustained rate is not published; it is found from one claim of each kind of processor, by
 * bisection over the model, and the other claims of that processor are then predicted. So a row is
 * either the claim that its processor's rate was taken from, or a model's answer.
 *
 * <p>Not modelled: that a processor is slower with fewer samples a step, input, stragglers.
 */
public final class PaperTable {
  private static final String PHI = "Xeon Phi 7250";
  private static final String XEON = "Xeon Platinum 8160";

  /** The processors' network: Omni-Path, 100 Gb/s, 1 µs. */
  private static final Link OMNI_PATH = new Link("omni-path", 1e-6, 8e-11);

  /** Bytes a second that all cores of a processor move, as its memory allows about. */
  private static final Map<String, Double> MEMORY = Map.of(PHI, 400e9, XEON, 85e9);

  private static final int IMAGENET = 1_281_167;
  private static final int SLICE_BYTES = 4 << 20;
  private static final double MINUTE = 60;

  /** A published time. */
  private record Claim(
      String model,
      String variant,
      String processor,
      int nodes,
      int batch,
      int epochs,
      double minutes) {
    long steps() {
      return (long) Math.ceil((double) IMAGENET * epochs / batch);
    }
  }

  /** The first claim of each processor gives its rate. */
  private static final List<Claim> CLAIMS =
      List.of(
          new Claim("resnet50", "v1", PHI, 512, 32_768, 90, 60),
          new Claim("resnet50", "v1", PHI, 2048, 32_768, 90, 20),
          new Claim("resnet50", "v1", PHI, 2048, 32_768, 64, 14),
          new Claim("alexnet", "", PHI, 512, 32_768, 100, 24),
          new Claim("resnet50", "v1", XEON, 1024, 32_768, 90, 48),
          new Claim("alexnet-bn", "", XEON, 2048, 32_768, 100, 11));

  /**
   * A row of the table.
   *
   * @param minutes claimed
   * @param modelled minutes; those claimed where the processor's rate was taken from this row
   * @param isSource whether it was
   * @param flops a second that a processor sustains, 3 × 2 × multiply-adds a sample
   */
  public record Row(
      String model,
      String processor,
      int nodes,
      int batch,
      int epochs,
      double minutes,
      double modelled,
      boolean isSource,
      double flops,
      Forecast.Bound bound) {}

  private PaperTable() {}

  /** All rows. */
  public static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (Claim claim : CLAIMS) {
      boolean isSource = rows.stream().noneMatch(row -> row.processor.equals(claim.processor));
      double flops =
          isSource
              ? rate(claim)
              : rows.stream()
                  .filter(row -> row.processor.equals(claim.processor))
                  .findFirst()
                  .orElseThrow()
                  .flops;
      rows.add(row(claim, flops, isSource));
    }
    return rows;
  }

  private static Row row(Claim claim, double flops, boolean isSource) {
    Forecast forecast = forecast(claim, flops);
    return new Row(
        claim.model,
        claim.processor,
        claim.nodes,
        claim.batch,
        claim.epochs,
        claim.minutes,
        forecast.hours() * MINUTE,
        isSource,
        flops,
        forecast.bound());
  }

  /** The rate at which the model takes as long as the claim, to half a percent. */
  private static double rate(Claim claim) {
    double low = 1e11;
    double high = 1e13;
    while (high / low > 1.005) {
      double middle = Math.sqrt(low * high);
      if (forecast(claim, middle).hours() * MINUTE > claim.minutes) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }

  private static Forecast forecast(Claim claim, double flops) {
    Network network = network(claim);
    int perNode = claim.batch / claim.nodes;
    Workload work =
        new Workload(
            claim.model,
            claim.nodes,
            1,
            perNode,
            Slice.cut(network.layout(), SLICE_BYTES),
            Wire.F32,
            /* overAllLayers= */ false,
            IMAGENET,
            claim.steps(),
            1);
    Machine machine =
        new Rated(claim.processor, flops, MEMORY.get(claim.processor)).machine(network, perNode);
    List<Integer> nodes = List.of(claim.nodes);
    return Forecast.of(sharing -> machine, OMNI_PATH, work, nodes, Spread.APART).get(0);
  }

  private static Network network(Claim claim) {
    String options = claim.variant.isEmpty() ? "" : "variant = " + claim.variant;
    ModelSettings settings = new ModelSettings(claim.model, 0, ConfigFactory.parseString(options));
    return Networks.build(
        settings, Networks.usualInput(claim.model), Networks.usualClasses(claim.model));
  }
}
