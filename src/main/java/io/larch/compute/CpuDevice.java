package io.larch.compute;

import com.sun.jna.Library;
import com.sun.jna.Native;
import io.larch.config.Precision;
import io.larch.config.Refusal;
import io.larch.data.Bucket;
import io.larch.model.Network;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;

/**
 * A Java thread of its own with a team of OpenMP threads behind it. OpenMP keeps a team for each
 * thread that calls it, so nothing but this thread calls native code for the device.
 */
@SuppressWarnings("VariableNameSameAsType") // oneDNN writes its types in lower case
final class CpuDevice implements Device {
  /** OpenMP, from the library that oneDNN has loaded. */
  private interface OpenMp extends Library {
    /** Sets the team of the calling thread. */
    void omp_set_num_threads(int threads);

    /** Whether teams may be smaller than that where the machine is busy. */
    void omp_set_dynamic(int dynamic);

    /** The most threads that there may be, as OMP_THREAD_LIMIT has it. */
    int omp_get_thread_limit();
  }

  private final int index;
  private final int threads;
  private final ExecutorService executor;
  private final CompletableFuture<Void> started;
  private Thread thread;
  private Owned owned;
  private engine engine;
  private stream stream;

  CpuDevice(int index, int threads) {
    this.index = index;
    this.threads = threads;
    executor = Executors.newSingleThreadExecutor(this::newThread);
    started = CompletableFuture.runAsync(this::start, executor);
  }

  private Thread newThread(Runnable work) {
    Thread created = new Thread(work, "device-" + index);
    created.setDaemon(true);
    return created;
  }

  private void start() {
    thread = Thread.currentThread();
    Loader.load(org.bytedeco.dnnl.global.dnnl.class);
    formTeam(Native.load("libgomp.so.1", OpenMp.class));
    owned = new Owned();
    engine = owned.keep(new engine(org.bytedeco.dnnl.engine.kind.cpu, 0));
    stream = owned.keep(new stream(engine));
  }

  /** A team of another size would give other bits. */
  private void formTeam(OpenMp openMp) {
    if (openMp.omp_get_thread_limit() < threads) {
      throw new Refusal(
          "A device has %d threads, but OMP_THREAD_LIMIT allows %d; raise it or lower larch.threads-per-device."
              .formatted(threads, openMp.omp_get_thread_limit()));
    }
    openMp.omp_set_dynamic(0);
    openMp.omp_set_num_threads(threads);
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public int threads() {
    return threads;
  }

  @Override
  public <T> CompletableFuture<T> submit(Callable<T> work) {
    return CompletableFuture.supplyAsync(() -> call(work), executor);
  }

  private <T> T call(Callable<T> work) {
    started.join();
    try {
      return work.call();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new CompletionException(e);
    }
  }

  @Override
  public TrainingProgram compileTraining(
      Network network, int microBatch, Precision precision, long seed) {
    return compile(
        network,
        (weights, owned) -> {
          ProgramBuilder builder = builder(precision, microBatch, weights, owned);
          Compiler compiler = new Compiler(builder, network, true, seed);
          compiler.forward();
          compiler.lossAndBackward();
          Program program = build(builder, owned);
          FloatBuffer images = compiler.images().slot().floats();
          return new CompiledTraining(program, weights, owned, microBatch, images);
        });
  }

  @Override
  public InferenceProgram compileInference(Network network, int microBatch, Precision precision) {
    return compile(
        network,
        (weights, owned) -> {
          ProgramBuilder builder = builder(precision, microBatch, weights, owned);
          Compiler compiler = new Compiler(builder, network, false, 0);
          compiler.forward();
          return new CompiledInference(
              build(builder, owned),
              weights,
              owned,
              microBatch,
              compiler.images().slot().floats(),
              compiler.logits().slot().floats(),
              new CrossEntropy(network.classes(), 0));
        });
  }

  @Override
  public TranslationTraining compileTranslation(
      Network network, int microBatch, List<Bucket> buckets, Precision precision, long seed) {
    return translation(network, microBatch, buckets, precision, true, seed);
  }

  @Override
  public TranslationInference compileTranslationLoss(
      Network network, int microBatch, List<Bucket> buckets, Precision precision) {
    Network tested = network.withLabelSmoothing(0);
    return translation(tested, microBatch, buckets, precision, false, 0);
  }

  @Override
  public TranslationDecoding compileDecoding(
      Network network, int sentences, int beam, List<Integer> lengths, Precision precision) {
    return compile(
        network,
        (weights, owned) -> {
          int longest = Collections.max(lengths);
          ProgramBuilder own = builder(precision, sentences, weights, owned);
          Compiler compiler = Compiler.ofDecoder(own, network, longest, sentences * beam);
          Remembered memory = compiler.memory();
          Map<Integer, ProgramBuilder> builders = new TreeMap<>();
          for (int length : lengths) {
            ProgramBuilder builder = builder(precision, sentences, weights, owned);
            Compiler.ofEncoder(builder, network, length).encode(memory);
            builders.put(length, builder);
          }
          Value logarithms = compiler.decode();
          List<ProgramBuilder> all = new ArrayList<>(builders.values());
          all.add(own);
          Arena arena = owned.own(Arena.forEach(all));
          Map<Integer, Program> encoders = new TreeMap<>();
          builders.forEach((length, builder) -> encoders.put(length, builder.build(arena)));
          CompiledDecoding.Decoder decoder =
              new CompiledDecoding.Decoder(
                  own.build(arena),
                  own.carried(),
                  sentences * beam,
                  logarithms.slot().floats(),
                  compiler.shares().slot().floats());
          return new CompiledDecoding(encoders, decoder, weights, owned, sentences);
        });
  }

  private CompiledTranslation translation(
      Network network,
      int microBatch,
      List<Bucket> buckets,
      Precision precision,
      boolean training,
      long seed) {
    return compile(
        network,
        (weights, owned) -> {
          List<ProgramBuilder> builders = new ArrayList<>();
          for (Bucket bucket : buckets) {
            ProgramBuilder builder = builder(precision, microBatch, weights, owned);
            Sentences room = Sentences.room(microBatch, bucket);
            Compiler compiler =
                new Compiler(
                    builder, network, room.sourceSteps(), room.targetSteps(), training, seed);
            compiler.forward();
            if (training) {
              compiler.lossAndBackward();
            } else {
              compiler.wordLoss();
            }
            builders.add(builder);
          }
          Arena arena = owned.own(Arena.forEach(builders));
          List<Program> programs = builders.stream().map(each -> each.build(arena)).toList();
          return new CompiledTranslation(programs, buckets, weights, owned, microBatch);
        });
  }

  private interface Compilation<T> {
    T compile(PackedWeights weights, Owned owned);
  }

  @SuppressWarnings("try") // the scope frees what was needed only while compiling
  private <T> T compile(Network network, Compilation<T> compilation) {
    if (Thread.currentThread() != thread) {
      throw new IllegalStateException("compile on the thread of device " + index);
    }
    try (PointerScope scope = new PointerScope()) {
      Owned all = new Owned();
      try {
        PackedWeights weights = all.own(new PackedWeights(engine, stream, network.layout()));
        return compilation.compile(weights, all);
      } catch (RuntimeException e) {
        all.close();
        throw e;
      }
    }
  }

  private ProgramBuilder builder(
      Precision precision, int samples, PackedWeights weights, Owned owned) {
    return new ProgramBuilder(engine, stream, precision, samples, weights, owned);
  }

  private static Program build(ProgramBuilder builder, Owned owned) {
    return builder.build(owned.own(Arena.forEach(List.of(builder))));
  }

  @Override
  public void close() {
    executor.execute(this::end);
    executor.shutdown();
  }

  private void end() {
    if (owned != null) {
      owned.close();
    }
  }
}
