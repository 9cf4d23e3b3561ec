package io.larch.cli;

import io.larch.config.Refusal;

/** The one package of the JDK that a library of the cluster reaches into. */
final class InternalAccess {
  private static final String PACKAGE = "jdk.internal.misc";

  private InternalAccess() {}

  /** Refuses to go on where the package is closed, as it is unless the jar's manifest opens it. */
  static void require() {
    if (!Object.class.getModule().isOpen(PACKAGE, InternalAccess.class.getModule())) {
      throw new Refusal(
          "java.base/%s is closed to this program; start it by java -jar larch.jar, whose manifest opens it, or add --add-opens=java.base/%s=ALL-UNNAMED."
              .formatted(PACKAGE, PACKAGE));
    }
  }
}
