package io.larch.data;

import io.larch.config.DataSettings;
import io.larch.config.Refusal;
import io.larch.config.TextSettings;
import io.larch.text.BleuCounts;
import io.larch.text.BytePairLearner;
import io.larch.text.BytePairs;
import io.larch.text.PlainWords;
import io.larch.text.Subwords;
import io.larch.text.TokenizedWords;
import io.larch.text.Vocabulary;
import io.larch.text.Words;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Sentences and their translations: what a run of a translation network trains and is tested on.
 *
 * <p>Line i of the two training files is a pair. One with an empty side, or with a side longer than
 * the settings allow, is left out and counted. Of the test pairs none is left out. Byte pairs and
 * vocabulary are learned of both training files together, or read; either way they are among {@link
 * #files}, which a checkpoint keeps and {@link #subwords(Map, TextSettings)} reads.
 */
public final class ParallelText implements PairSource {
  private static final String CODES = "codes.bpe";
  private static final String VOCABULARY = "vocabulary.txt";

  private final Subwords subwords;
  private final SentencePairs train;
  private final SentencePairs test;
  private final Buckets buckets;
  private final List<String> references;
  private final TextReport report;
  private final String fingerprint;

  private ParallelText(
      Subwords subwords,
      Selection training,
      SentencePairs test,
      List<String> references,
      TextSettings settings) {
    this.subwords = subwords;
    this.train = training.pairs;
    this.test = test;
    this.references = references;
    buckets = Buckets.choose(train, settings.buckets());
    report =
        new TextReport(
            train.size(),
            training.empty,
            training.tooLong,
            TextReport.Lengths.of(lengths(train, train::source)),
            TextReport.Lengths.of(lengths(train, train::target)),
            test.size(),
            TextReport.unknown(test),
            subwords.vocabulary().size(),
            subwords.pairs().size(),
            TextReport.shapes(train, buckets));
    fingerprint =
        new Fingerprint()
            .classes(subwords.vocabulary().subwords())
            .classes(subwords.pairs().lines())
            .sentences(train)
            .sentences(test)
            .hex();
  }

  private static IntStream lengths(SentencePairs pairs, IntFunction<int[]> sentence) {
    return IntStream.range(0, pairs.size()).map(i -> sentence.apply(i).length);
  }

  /** Reads the files, learns or reads subwords, and refuses what is wrong. */
  public static ParallelText open(DataSettings settings) {
    Path folder = DataSources.folder(settings);
    Lines training = Lines.read(folder, settings.text().train());
    return open(settings, training, subwords(training, folder, settings.text()));
  }

  /** Reads the files for these subwords, and refuses what is wrong. */
  public static ParallelText open(DataSettings settings, Subwords subwords) {
    Path folder = DataSources.folder(settings);
    return open(settings, Lines.read(folder, settings.text().train()), subwords);
  }

  private static ParallelText open(DataSettings settings, Lines training, Subwords subwords) {
    TextSettings text = settings.text();
    Lines testing = Lines.read(DataSources.folder(settings), text.test());
    Selection selection = Selection.of(training.encoded(subwords), text.maxLength());
    if (selection.pairs.size() == 0) {
      throw new Refusal(
          "%s and %s hold no pair with words on both sides and at most %d subwords a side"
              .formatted(training.source.path(), training.target.path(), text.maxLength()));
    }
    int tests = DataSources.limit(settings.testSamples(), testing.size(), "test-samples");
    return new ParallelText(
        subwords,
        selection.first(settings.trainSamples()),
        testing.encoded(subwords).first(tests),
        testing.target.subList(0, tests).stream().map(subwords::text).toList(),
        text);
  }

  private static Subwords subwords(Lines training, Path folder, TextSettings settings) {
    Words words = words(settings.form());
    boolean counted = settings.codes().isEmpty() || settings.vocabulary().isEmpty();
    Map<String, Long> counts = counted ? training.words(words) : Map.of();
    BytePairs pairs =
        settings.codes().isEmpty()
            ? BytePairLearner.learn(counts, settings.merges())
            : BytePairs.read(TextFile.read(folder.resolve(settings.codes())), settings.codes());
    Vocabulary vocabulary =
        settings.vocabulary().isEmpty()
            ? Subwords.vocabulary(pairs, counts)
            : Subwords.vocabulary(
                TextFile.read(folder.resolve(settings.vocabulary())), settings.vocabulary());
    return new Subwords(words, pairs, vocabulary);
  }

  private static Words words(TextSettings.Form form) {
    return switch (form) {
      case PLAIN -> new PlainWords();
      case TOKENIZED -> new TokenizedWords();
    };
  }

  /**
   * The subwords of a run, from what its checkpoint has kept.
   *
   * @param files contents by name, as {@link #files} gives them
   */
  public static Subwords subwords(Map<String, List<String>> files, TextSettings settings) {
    return new Subwords(
        words(settings.form()),
        BytePairs.read(files.get(CODES), CODES),
        Subwords.vocabulary(files.get(VOCABULARY), VOCABULARY));
  }

  /** Lines of the files that a checkpoint must keep, by name, so that it can be used alone. */
  @Override
  public Map<String, List<String>> files() {
    Map<String, List<String>> files = new LinkedHashMap<>();
    files.put(CODES, subwords.pairs().lines());
    files.put(VOCABULARY, subwords.vocabulary().subwords());
    return files;
  }

  /**
   * The same as subword-nmt writes them: beside each subword how often it occurs in the training
   * text.
   *
   * @param settings with which this was opened
   */
  public Map<String, List<String>> countedFiles(DataSettings settings) {
    TextSettings text = settings.text();
    Lines training = Lines.read(DataSources.folder(settings), text.train());
    Map<String, Long> frequencies =
        Subwords.frequencies(subwords.pairs(), training.words(words(text.form())));
    Map<String, List<String>> files = files();
    files.put(
        VOCABULARY,
        subwords.vocabulary().subwords().stream()
            .map(subword -> subword + " " + frequencies.getOrDefault(subword, 0L))
            .toList());
    return files;
  }

  /** The training pairs of a run in its order; what a step holds follows from these alone. */
  @Override
  public PairStream training(long seed, int lanes, int microBatchesPerLane, int microBatch) {
    return new PairStream(train, buckets, seed, lanes, microBatchesPerLane, microBatch);
  }

  /** The test pairs, sorted by length. */
  @Override
  public EvaluationPairs testing(int microBatch) {
    return new EvaluationPairs(test, buckets, microBatch);
  }

  /** The translations of the test sentences in order, as text for scoring. */
  public List<String> references() {
    return references;
  }

  @Override
  public Optional<TranslationScore> scoring() {
    return Optional.of(
        (pair, words) -> BleuCounts.of(subwords.decode(words), references.get(pair)));
  }

  public Subwords subwords() {
    return subwords;
  }

  /** What the corpus holds. */
  public TextReport report() {
    return report;
  }

  @Override
  public int words() {
    return subwords.vocabulary().size();
  }

  /** Equal on nodes that have the same pairs and subwords, part of a run's identity. */
  @Override
  public String fingerprint() {
    return fingerprint;
  }

  /** What a user should know before the run starts, a sentence each. */
  @Override
  public List<String> remarks() {
    return report.remarks();
  }

  /** Two files whose lines belong together. */
  private record Lines(TextFile source, TextFile target) {
    static Lines read(Path folder, List<String> names) {
      TextFile source = TextFile.read(folder.resolve(names.get(0)));
      TextFile target = TextFile.read(folder.resolve(names.get(1)));
      if (source.size() != target.size()) {
        throw new Refusal(
            "%s has %d lines and %s has %d; line i of one must be the translation of line i of the other"
                .formatted(source.path(), source.size(), target.path(), target.size()));
      }
      return new Lines(source, target);
    }

    int size() {
      return source.size();
    }

    Map<String, Long> words(Words words) {
      Map<String, Long> counts = new LinkedHashMap<>();
      for (TextFile file : List.of(source, target)) {
        file.forEach(line -> words.split(line).forEach(word -> counts.merge(word, 1L, Long::sum)));
      }
      return counts;
    }

    SentencePairs encoded(Subwords subwords) {
      return new SentencePairs(ids(source, subwords), ids(target, subwords));
    }

    private static int[][] ids(TextFile file, Subwords subwords) {
      return IntStream.range(0, file.size())
          .parallel()
          .mapToObj(line -> subwords.encode(file.get(line)))
          .toArray(int[][]::new);
    }
  }

  /** Pairs that can be trained on. */
  private record Selection(SentencePairs pairs, int empty, int tooLong) {
    static Selection of(SentencePairs all, int maxLength) {
      List<Integer> kept = new ArrayList<>();
      int empty = 0;
      int tooLong = 0;
      for (int i = 0; i < all.size(); i++) {
        int source = all.source(i).length;
        int target = all.target(i).length;
        if (source == 0 || target == 0) {
          empty++;
        } else if (Math.max(source, target) > maxLength) {
          tooLong++;
        } else {
          kept.add(i);
        }
      }
      return new Selection(all.only(kept), empty, tooLong);
    }

    Selection first(int limit) {
      int count = DataSources.limit(limit, pairs.size(), "train-samples");
      return new Selection(pairs.first(count), empty, tooLong);
    }
  }
}
