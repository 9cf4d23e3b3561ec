package io.larch.text;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Takes text as it was cut by others, by Moses for example: words are what stands between white
 * space. Joining makes plain text of them by these rules, which are those of Moses for English and
 * German in the main:
 *
 * <ul>
 *   <li>the entities quot, apos, lt, gt, #91, #93, #124 and amp become their characters;
 *   <li>{@code @-@} becomes a hyphen without spaces;
 *   <li>closing punctuation, and what begins with an apostrophe and a letter, joins the word
 *       before;
 *   <li>opening brackets and {@code „ ‚ ¿ ¡} join the word after;
 *   <li>of {@code "} the first, third and so on joins the word after, the others the word before;
 *       {@code “} closes where {@code „} is open and opens elsewhere.
 * </ul>
 */
public final class TokenizedWords implements Words {
  private static final Map<String, String> ENTITIES =
      Map.of(
          "&quot;", "\"", "&apos;", "'", "&lt;", "<", "&gt;", ">", "&#91;", "[", "&#93;", "]",
          "&#124;", "|");
  private static final Set<String> CLOSING =
      Set.of(",", ".", ";", ":", "!", "?", "%", ")", "]", "}", "...", "…", "”", "’");
  private static final Set<String> OPENING = Set.of("(", "[", "{", "„", "‚", "¿", "¡");

  @Override
  public List<String> split(String sentence) {
    return Spaces.split(sentence);
  }

  @Override
  public String join(List<String> words) {
    StringBuilder sentence = new StringBuilder();
    boolean joined = true;
    boolean quoted = false;
    boolean low = false;
    for (String word : words) {
      String plain = plain(word);
      boolean hyphen = plain.equals("@-@");
      boolean quote = plain.equals("\"") || plain.equals("“");
      boolean closes = quote && (plain.equals("“") ? low : quoted);
      boolean before = hyphen || closes || CLOSING.contains(plain) || plain.matches("'\\p{L}.*");
      sentence.append(joined || before ? "" : " ").append(hyphen ? "-" : plain);
      joined = hyphen || OPENING.contains(plain) || (quote && !closes);
      quoted = plain.equals("\"") != quoted;
      low = plain.equals("„") || (low && !plain.equals("“"));
    }
    return sentence.toString();
  }

  private static String plain(String word) {
    String plain = word;
    for (Map.Entry<String, String> entity : ENTITIES.entrySet()) {
      plain = plain.replace(entity.getKey(), entity.getValue());
    }
    return plain.replace("&amp;", "&");
  }
}
