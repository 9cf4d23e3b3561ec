package io.larch.text;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Words as BLEU counts them: the tokenisation 13a of sacreBLEU, which is that of NIST's
 * mteval-v13a.pl. ASCII punctuation and symbols stand alone, except that {@code '} never does,
 * {@code .} and {@code ,} do not between two digits, and {@code -} does only after a digit. Four
 * entities are characters.
 */
final class ScoringWords {
  private static final Pattern SYMBOL = Pattern.compile("([{-~\\[-` -&(-+:-@/])");
  private static final Pattern AFTER_NO_DIGIT = Pattern.compile("([^0-9])([.,])");
  private static final Pattern BEFORE_NO_DIGIT = Pattern.compile("([.,])([^0-9])");
  private static final Pattern HYPHEN_AFTER_DIGIT = Pattern.compile("([0-9])(-)");

  private ScoringWords() {}

  static List<String> of(String sentence) {
    String text = sentence.replace("<skipped>", "").replace("-\n", "").replace("\n", " ");
    text =
        text.replace("&quot;", "\"")
            .replace("&amp;", "&")
            .replace("&lt;", "<")
            .replace("&gt;", ">");
    text = SYMBOL.matcher(" " + text + " ").replaceAll(" $1 ");
    text = AFTER_NO_DIGIT.matcher(text).replaceAll("$1 $2 ");
    text = BEFORE_NO_DIGIT.matcher(text).replaceAll(" $1 $2");
    text = HYPHEN_AFTER_DIGIT.matcher(text).replaceAll("$1 $2 ");
    return Spaces.split(text);
  }
}
