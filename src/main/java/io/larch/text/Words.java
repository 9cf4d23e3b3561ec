package io.larch.text;

import java.util.List;

/** A way to cut a sentence into words, and to put it together again. */
public interface Words {
  /** The words of a sentence; no word is empty or holds white space. */
  List<String> split(String sentence);

  /** The sentence that words make, for people to read and for scoring. */
  String join(List<String> words);
}
