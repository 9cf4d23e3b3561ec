package io.larch.cli;

import picocli.CommandLine.Option;

/** By which a cluster knows who may give it orders. */
final class Token {
  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      defaultValue = "${env:LARCH_TOKEN}",
      description = "The cluster's token; by default the environment variable LARCH_TOKEN.")
  private String value;

  /** Empty for none. */
  String value() {
    return value == null ? "" : value;
  }
}
