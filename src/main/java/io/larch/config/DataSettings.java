package io.larch.config;

/**
 * Which data set and what is done to its samples.
 *
 * @param name {@code glyphs}, {@code idx} or {@code cifar-10}
 * @param path folder of the files; empty for generated data
 * @param trainSamples use only the first so many training samples; 0 for all
 * @param testSamples likewise for testing
 * @param padCrop pad every side by so many pixels and crop at random; 0 for none
 * @param flip mirror at random, with probability one half
 */
public record DataSettings(
    String name, String path, int trainSamples, int testSamples, int padCrop, boolean flip) {}
