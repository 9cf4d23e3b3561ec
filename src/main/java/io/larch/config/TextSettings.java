package io.larch.config;

import java.util.List;

/**
 * Which sentences, and how they become subwords.
 *
 * @param train names of the files of sources and of translations; empty for data without text
 * @param test likewise
 * @param form how words are told apart
 * @param merges how many byte pairs are learned; 0 leaves words whole
 * @param codes file of byte pairs that are used instead; empty to learn them
 * @param vocabulary file of the subwords; empty for those of the training text
 * @param maxLength subwords of either side that a training pair has at most
 * @param buckets shapes that micro-batches are padded to, at most
 */
public record TextSettings(
    List<String> train,
    List<String> test,
    Form form,
    int merges,
    String codes,
    String vocabulary,
    int maxLength,
    int buckets) {
  /** The name of the data set. */
  public static final String NAME = "text";

  /** How words are told apart. */
  public enum Form {
    PLAIN,
    TOKENIZED
  }

  /** The settings of a run file that says nothing. */
  public static final TextSettings DEFAULT =
      new TextSettings(List.of(), List.of(), Form.PLAIN, 8000, "", "", 50, 5);

  public TextSettings {
    train = List.copyOf(train);
    test = List.copyOf(test);
  }
}
