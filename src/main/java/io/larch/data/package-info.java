/**
 * Data sets, their samples' order and augmentation, and reading ahead of the devices.
 *
 * <p>{@link io.larch.data.DataSources} opens a data set by name. A {@link io.larch.data.Reader}
 * puts its samples in a sequence: {@link io.larch.data.TrainingStream} for a run, {@link
 * io.larch.data.EvaluationOrder} for a test. A {@link io.larch.data.Prefetcher} reads a sequence
 * ahead of one device.
 *
 * <p>Encoded pictures are decoded when they are read: {@code ImageFolder}, {@code TarFolder},
 * {@code WebDataset} and {@code TfRecordFolder} find them, {@code PictureReader} decodes and crops
 * one at a position, {@code ParallelReader} shares a batch out to the decoding threads of the node.
 *
 * <p>Sentence pairs come in micro-batches, each padded to one of a few shapes ({@code Buckets}):
 * {@link io.larch.data.PairStream} for a run, {@link io.larch.data.EvaluationPairs} for a test.
 *
 * <p>{@link io.larch.data.Packing} writes them as shards, {@link io.larch.data.Fetching} brings
 * {@link io.larch.data.Published} data sets from where they are published.
 */
package io.larch.data;
