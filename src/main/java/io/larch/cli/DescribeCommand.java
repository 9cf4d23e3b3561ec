package io.larch.cli;

import io.larch.config.ModelSettings;
import io.larch.config.RunFile;
import io.larch.model.Network;
import io.larch.model.Networks;
import io.larch.model.Shape;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@Command(
    name = "describe",
    mixinStandardHelpOptions = true,
    description = "Lists a network's layers, shapes, parameters and multiply-adds a sample.")
final class DescribeCommand implements Runnable {
  @Parameters(
      paramLabel = "MODEL",
      completionCandidates = KnownNetworks.class,
      description = "${COMPLETION-CANDIDATES} or the name of a class on the class path.")
  private String model;

  @Option(
      names = "--input",
      paramLabel = "CxHxW",
      converter = ShapeConverter.class,
      description = "Shape of a sample; by default that of the network's usual data.")
  private Shape input;

  @Option(names = "--classes", description = "By default those of the network's usual data.")
  private Integer classes;

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  DescribeCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    Shape sample = input == null ? Networks.usualInput(model) : input;
    int logits = classes == null ? Networks.usualClasses(model) : classes;
    Network network = Networks.build(settings(), sample, logits);
    output.say(line("layer", "kind", "output", "parameters", "multiply-adds"));
    network.nodes().forEach(this::row);
    long parameters = network.parameters();
    long multiplyAdds = network.multiplyAdds();
    output.say(line("sum", "", "", number(parameters), number(multiplyAdds)));
    output.result(
        Map.of(
            "parameters", parameters,
            "multiply_adds", multiplyAdds,
            "layers", network.nodes().size()));
  }

  private ModelSettings settings() {
    List<String> overrides = new ArrayList<>(List.of("model=" + model));
    overrides.addAll(options.overrides());
    return RunFile.load(Optional.empty(), overrides).model();
  }

  private void row(Network.Node node) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("name", node.layer().name());
    values.put("kind", node.layer().kind());
    values.put(
        "output", List.of(node.output().channels(), node.output().height(), node.output().width()));
    values.put("parameters", node.parameters());
    values.put("multiply_adds", node.multiplyAdds());
    output.row(
        "layer",
        values,
        () ->
            line(
                node.layer().name(),
                node.layer().kind(),
                node.output().toString(),
                number(node.parameters()),
                number(node.multiplyAdds())));
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String line(Object... columns) {
    return "%-24s %-12s %12s %14s %16s".formatted(columns).stripTrailing();
  }

  /** Names of the networks that come along. */
  static final class KnownNetworks implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Networks.names().iterator();
    }
  }

  /** Reads {@code 3x32x32}. */
  static final class ShapeConverter implements ITypeConverter<Shape> {
    @Override
    public Shape convert(String text) {
      String[] extents = text.split("[x×]", -1);
      try {
        return new Shape(extent(extents, 0), extent(extents, 1), extent(extents, 2));
      } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
        throw new TypeConversionException("'" + text + "' is no shape such as 3x32x32");
      }
    }

    private static int extent(String[] extents, int index) {
      return Integer.parseUnsignedInt(extents[index]);
    }
  }
}
