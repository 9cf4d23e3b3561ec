package io.larch.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordsTest {
  private final Words plain = new PlainWords();
  private final Words tokenized = new TokenizedWords();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "He said: \"It's 3.5 %.\" | He said ￭: \"￭ It ￭'￭ s 3 ￭.￭ 5 % ￭. ￭\"",
        "Ein Hund, zwei-mal. | Ein Hund ￭, zwei ￭-￭ mal ￭.",
        "(a) „b“… | (￭ a ￭) „￭ b ￭“ ￭…",
        "über a\u0308 xy | über a\u0308 xy",
        "\uD83D\uDE00\uD83D\uDE00ok | \uD83D\uDE00 ￭\uD83D\uDE00￭ ok",
      })
  void shouldCutPlainText(String sentence, String words) {
    assertEquals(words, String.join(" ", plain.split(sentence)));
  }

  @Provide
  Arbitrary<String> sentences() {
    return Arbitraries.strings()
        .withChars("ab1 .,-'\"(￭@\t\u00a0ß\uD83D\uDE00")
        .ofMaxLength(30)
        .map(text -> text.replaceAll("[\uD800-\uDFFF]", "ü"));
  }

  @Property
  void shouldPutPlainTextTogetherAgain(@ForAll("sentences") String sentence) {
    String expected = String.join(" ", Spaces.split(sentence.replace('￭', '■')));
    List<String> words = plain.split(sentence);
    assertEquals(expected, plain.join(words), words.toString());
    for (String word : words) {
      assertFalse(word.isEmpty());
      assertEquals(1, Spaces.split(word).size());
    }
  }

  @Test
  void shouldJoinWhateverANetworkSays() {
    assertEquals("a, b", plain.join(List.of("￭a", "￭,", "b￭")));
    assertEquals("", plain.join(List.of("￭", "￭￭")));
    assertEquals("ab", plain.join(List.of("a￭", "￭b")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "It &apos;s &quot; R & amp ; D &quot; , he said . | It's \"R & amp; D\", he said.",
        "a well @-@ known man ( 5 % ) | a well-known man (5%)",
        "&quot; Ja &quot; und &quot; Nein &quot; | \"Ja\" und \"Nein\"",
        "er sagte „ nein “ und ging | er sagte „nein“ und ging",
        "he said “ no ” and left | he said “no” and left",
        "&#91; x &#93; &lt; y &gt; &amp;amp; | [x] < y > &amp;",
      })
  void shouldMakePlainTextOfTokens(String words, String sentence) {
    assertEquals(sentence, tokenized.join(tokenized.split(words)));
  }

  @Test
  void shouldTakeTokensAsTheyAre() {
    assertEquals(List.of("&quot;", "a@@", "b.c"), tokenized.split("  &quot; a@@\tb.c "));
    assertTrue(tokenized.split(" \u00a0 ").isEmpty());
  }
}
