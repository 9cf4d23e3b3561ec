package io.larch.optim;

import io.larch.config.OptimizerSettings;
import io.larch.config.Refusal;

/** Makes the update rule that the settings name. */
public final class Optimizers {
  private Optimizers() {}

  public static Optimizer of(OptimizerSettings settings) {
    return switch (settings.name()) {
      case "lars" -> new Lars(settings);
      case "lamb" -> new Lamb(settings);
      case "adam" -> new Adam(settings);
      case "sgd" -> settings.nesterov() ? new Nesterov(settings) : new Sgd(settings);
      default ->
          throw new Refusal(
              "larch.optimizer.name = "
                  + settings.name()
                  + " is not known; there are lars, lamb, adam and sgd.");
    };
  }
}
