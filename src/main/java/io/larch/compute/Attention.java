package io.larch.compute;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * What the attention of {@link io.larch.model.SequenceLayer.AttentionLstm} computes beside its
 * products, a step of the target at a time. With u = gain · v/‖v‖ and, for a source word s, z_s =
 * tanh(query + key_s + offset):
 *
 * <pre>
 *   forward    a = softmax of u·z_s over s          context = Σ a_s · m_s
 *   backward   da_s = dcontext · m_s                de_s = a_s (da_s − Σ a·da)
 *              dz_s = de_s · u · (1 − z_s²)         added to the gradients of query, key_s, offset
 *              dm_s += a_s · dcontext               du += de_s · z_s
 * </pre>
 *
 * z is computed anew in backward: keeping it would take S·T·N vectors. All values are f32.
 */
final class Attention {
  private final int samples;
  private final int sentences;
  private final int rowsOfSentence;
  private final int sourceSteps;
  private final int channels;
  private final int depth;
  private final int width;
  private final FlatTensor score;
  private final FlatTensor gain;
  private final FlatTensor offset;
  private final GradientArray scoreGradient;
  private final GradientArray gainGradient;
  private final GradientArray offsetGradient;
  private final Value queries;
  private final Value keys;
  private final Value memory;
  private final Value shares;
  private final float[] u;
  private final float[] du;
  private final float[] query;
  private final float[] key;
  private final float[] z;
  private final float[] sum;
  private final float[] word;
  private final float[] context;
  private final float[] share;
  private final double[] power;
  private FloatBuffer queryRows;
  private FloatBuffer keyRows;
  private FloatBuffer memoryRows;
  private FloatBuffer shareRows;

  /** Where backward reads and writes, a buffer of rows each. */
  record Differences(
      FloatBuffer output, FloatBuffer queries, FloatBuffer keys, FloatBuffer memory) {}

  /**
   * @param queries [T·N, channels]
   * @param source of N sentences; of each step's rows the first so many belong to the first
   *     sentence, and so on, in training one to each. An output row is h, of {@code channels}, and
   *     the context, of {@code depth}
   */
  Attention(
      ProgramBuilder program,
      String layer,
      ProgramBuilder alongSource,
      Value queries,
      Remembered source,
      int channels,
      int depth) {
    sourceSteps = alongSource.steps();
    sentences = alongSource.samples();
    this.channels = channels;
    this.depth = depth;
    this.queries = queries;
    keys = source.keys();
    memory = source.words();
    width = channels + depth;
    samples = program.samples();
    rowsOfSentence = samples / sentences;
    shares = program.outcome(ProgramBuilder.plain(program.batch(), sourceSteps));
    score = program.weights(layer + ".score");
    gain = program.weights(layer + ".gain");
    offset = program.weights(layer + ".offset");
    scoreGradient = new GradientArray(program, layer + ".score");
    gainGradient = new GradientArray(program, layer + ".gain");
    offsetGradient = new GradientArray(program, layer + ".offset");
    u = new float[channels];
    du = new float[channels];
    query = new float[channels];
    key = new float[channels];
    z = new float[channels];
    sum = new float[channels];
    word = new float[depth];
    context = new float[depth];
    share = new float[sourceSteps];
    power = new double[sourceSteps];
    program.afterPlacing(
        () -> {
          queryRows = queries.slot().floats();
          keyRows = keys.slot().floats();
          memoryRows = memory.slot().floats();
          shareRows = shares.slot().floats();
        });
  }

  /** What a step touches, in either direction. */
  List<Value> touched(Value outputOrItsGradient) {
    return List.of(queries, keys, memory, shares, outputOrItsGradient);
  }

  /** The softmax over the source, [T·N, S], 0 behind a sentence's end. */
  Value shares() {
    return shares;
  }

  private int length(int[] lengths, int sample) {
    return lengths[sample / rowsOfSentence];
  }

  /** Where the source has word s of a sample's sentence. */
  private int sourceRow(int s, int sample) {
    return s * sentences + sample / rowsOfSentence;
  }

  /** Takes the step's weights; before the first step of either direction. */
  void begin() {
    score.current().get(0, u);
    float factor = gain.current().get(0) / norm(u);
    for (int c = 0; c < channels; c++) {
      u[c] *= factor;
    }
  }

  private static float norm(float[] v) {
    return (float) Math.sqrt(dot(v, v));
  }

  /** Writes the context of each sample behind its h. */
  void forward(int step, int[] lengths, FloatBuffer outputs) {
    for (int sample = 0; sample < samples; sample++) {
      int row = step * samples + sample;
      int length = length(lengths, sample);
      readQuery(row);
      for (int s = 0; s < length; s++) {
        activate(sourceRow(s, sample));
        power[s] = dot(u, z);
      }
      softmax(length);
      shareRows.put(row * sourceSteps, share);
      Arrays.fill(context, 0);
      for (int s = 0; s < length; s++) {
        memoryRows.get(sourceRow(s, sample) * depth, word);
        addTimes(context, share[s], word);
      }
      outputs.put(row * width + channels, context);
    }
  }

  private void readQuery(int row) {
    queryRows.get(row * channels, query);
    offset.current().get(0, sum);
    for (int c = 0; c < channels; c++) {
      query[c] += sum[c];
    }
  }

  private void activate(int sourceRow) {
    keyRows.get(sourceRow * channels, key);
    for (int c = 0; c < channels; c++) {
      z[c] = Tanh.tanh(query[c] + key[c]);
    }
  }

  private void softmax(int length) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int s = 0; s < length; s++) {
      largest = Math.max(largest, power[s]);
    }
    double total = 0;
    for (int s = 0; s < length; s++) {
      power[s] = StrictMath.exp(power[s] - largest);
      total += power[s];
    }
    for (int s = 0; s < sourceSteps; s++) {
      share[s] = s < length ? (float) (power[s] / total) : 0;
    }
  }

  /** Begins backward; the caller has cleared the gradients of keys and memory. */
  void beginBackward() {
    begin();
    Arrays.fill(du, 0);
    offsetGradient.clear();
  }

  void backward(int step, int[] lengths, Differences differences) {
    for (int sample = 0; sample < samples; sample++) {
      int row = step * samples + sample;
      int length = length(lengths, sample);
      shareRows.get(row * sourceSteps, share);
      differences.output().get(row * width + channels, context);
      backwardShares(sample, length, differences.memory());
      readQuery(row);
      Arrays.fill(sum, 0);
      for (int s = 0; s < length; s++) {
        int sourceRow = sourceRow(s, sample);
        activate(sourceRow);
        differentiate((float) power[s]);
        differences.keys().get(sourceRow * channels, key);
        add(key, z);
        differences.keys().put(sourceRow * channels, key);
        add(sum, z);
      }
      differences.queries().put(row * channels, sum);
      add(offsetGradient.values(), sum);
    }
  }

  /** Turns the gradient of the context into those of the scores, in power, and of the memory. */
  private void backwardShares(int sample, int length, FloatBuffer memoryDifferences) {
    double mean = 0;
    for (int s = 0; s < length; s++) {
      int row = sourceRow(s, sample) * depth;
      memoryRows.get(row, word);
      power[s] = dot(context, word);
      mean += share[s] * power[s];
      memoryDifferences.get(row, word);
      addTimes(word, share[s], context);
      memoryDifferences.put(row, word);
    }
    for (int s = 0; s < length; s++) {
      power[s] = share[s] * (power[s] - mean);
    }
  }

  /** Replaces z by its gradient before the tanh. */
  private void differentiate(float difference) {
    for (int c = 0; c < channels; c++) {
      du[c] += difference * z[c];
      z[c] = difference * u[c] * (1 - z[c] * z[c]);
    }
  }

  /**
   * Stores the gradients of offset, gain and v, when backward is through: with n = v/‖v‖, that of
   * the gain is du·n and that of v is gain/‖v‖ · (du − (du·n)·n).
   */
  void end(Call call) {
    score.current().get(0, key);
    float norm = norm(key);
    for (int c = 0; c < channels; c++) {
      key[c] /= norm;
    }
    float along = dot(du, key);
    float factor = gain.current().get(0) / norm;
    for (int c = 0; c < channels; c++) {
      scoreGradient.values()[c] = factor * (du[c] - along * key[c]);
    }
    gainGradient.values()[0] = along;
    scoreGradient.store(call);
    gainGradient.store(call);
    offsetGradient.store(call);
  }

  private static void add(float[] sum, float[] part) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += part[i];
    }
  }

  private static void addTimes(float[] sum, float factor, float[] part) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += factor * part[i];
    }
  }

  /** In four sums side by side, so that additions need not wait for each other. */
  private static float dot(float[] a, float[] b) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    int whole = a.length / 4 * 4;
    for (int i = 0; i < whole; i += 4) {
      s0 += a[i] * b[i];
      s1 += a[i + 1] * b[i + 1];
      s2 += a[i + 2] * b[i + 2];
      s3 += a[i + 3] * b[i + 3];
    }
    for (int i = whole; i < a.length; i++) {
      s0 += a[i] * b[i];
    }
    return (s0 + s1) + (s2 + s3);
  }
}
