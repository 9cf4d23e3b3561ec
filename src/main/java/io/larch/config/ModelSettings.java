package io.larch.config;

import com.typesafe.config.Config;

/**
 * Which network.
 *
 * @param name one of ours, or the name of a user's class
 * @param labelSmoothing of the loss, in [0, 1)
 * @param options further keys, for the network itself to read
 */
public record ModelSettings(String name, double labelSmoothing, Config options) {}
