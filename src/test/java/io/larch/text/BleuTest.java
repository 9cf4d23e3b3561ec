package io.larch.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The values and lines are those that sacreBLEU 2.6.0 gives. */
class BleuTest {
  static Stream<Arguments> cases() {
    return Stream.of(
        row(
            List.of("the cat sat on the mat ."),
            List.of("the cat sat on the mat ."),
            "BLEU = 100.00 100.0/100.0/100.0/100.0 (BP = 1.000 ratio = 1.000 hyp_len = 7 ref_len = 7)"),
        row(
            List.of("It costs 1,234.56 dollars, or 3.5% more than 2-3 years ago."),
            List.of("It costs 1,234.56 dollars, or 3.5 % more than 2-3 years ago."),
            "BLEU = 100.00 100.0/100.0/100.0/100.0 (BP = 1.000 ratio = 1.000 hyp_len = 16 ref_len = 16)"),
        row(
            List.of("He said &quot;R&amp;D is &lt;fun&gt;&quot; today"),
            List.of("He said \"R&D is <fun>\" today"),
            "BLEU = 100.00 100.0/100.0/100.0/100.0 (BP = 1.000 ratio = 1.000 hyp_len = 12 ref_len = 12)"),
        row(
            List.of("a well-known 20-year-old state-of-the-art system - works"),
            List.of("a well - known 20-year-old state-of-the-art system - works"),
            "BLEU = 60.11 88.9/75.0/71.4/66.7 (BP = 0.801 ratio = 0.818 hyp_len = 9 ref_len = 11)"),
        row(
            List.of("ein Mann geht .   ", "zwei  Hunde\tlaufen"),
            List.of("ein Mann geht .", "zwei Hunde laufen  schnell weg"),
            "BLEU = 75.15 100.0/100.0/100.0/100.0 (BP = 0.751 ratio = 0.778 hyp_len = 7 ref_len = 9)"),
        row(
            List.of("", "ein Hund läuft über den Rasen"),
            List.of("ein Mann", "ein Hund läuft über die Wiese"),
            "BLEU = 36.41 66.7/60.0/50.0/33.3 (BP = 0.717 ratio = 0.750 hyp_len = 6 ref_len = 8)"),
        row(
            List.of("Hallo"),
            List.of("Hallo Welt"),
            "BLEU = 0.00 100.0/0.0/0.0/0.0 (BP = 0.368 ratio = 0.500 hyp_len = 1 ref_len = 2)"),
        row(
            List.of("ja genau", "nein"),
            List.of("ja", "nein doch"),
            "BLEU = 0.00 66.7/50.0/0.0/0.0 (BP = 1.000 ratio = 1.000 hyp_len = 3 ref_len = 3)"),
        row(
            List.of("a b c d"),
            List.of("e f g h"),
            "BLEU = 0.00 0.0/0.0/0.0/0.0 (BP = 1.000 ratio = 1.000 hyp_len = 4 ref_len = 4)"),
        row(
            List.of("the the the the cat"),
            List.of("the cat is here now today"),
            "BLEU = 17.49 40.0/25.0/16.7/12.5 (BP = 0.819 ratio = 0.833 hyp_len = 5 ref_len = 6)"),
        row(
            List.of("Ein Mann in Blau"),
            List.of("Ein Mann in einem blauen Hemd steht auf einer Leiter"),
            "BLEU = 13.27 75.0/66.7/50.0/50.0 (BP = 0.223 ratio = 0.400 hyp_len = 4 ref_len = 10)"),
        row(
            List.of("„Der Löwe“, sagte er, ist grün… schön!", "Straße\u00a0123"),
            List.of("„Der Löwe“, sagt er, ist grün… schön !", "Straße 123"),
            "BLEU = 66.57 91.7/80.0/62.5/42.9 (BP = 1.000 ratio = 1.000 hyp_len = 12 ref_len = 12)"),
        row(
            List.of("U.S. 3.14 .5 5. 1,000,000 and... end."),
            List.of("U.S. 3.14 .5 5. 1,000,000 and ... end."),
            "BLEU = 100.00 100.0/100.0/100.0/100.0 (BP = 1.000 ratio = 1.000 hyp_len = 16 ref_len = 16)"),
        row(
            List.of("a <skipped> b c d e"),
            List.of("a b c d e"),
            "BLEU = 100.00 100.0/100.0/100.0/100.0 (BP = 1.000 ratio = 1.000 hyp_len = 5 ref_len = 5)"),
        row(
            List.of(""),
            List.of(""),
            "BLEU = 0.00 0.0/0.0/0.0/0.0 (BP = 1.000 ratio = 0.000 hyp_len = 0 ref_len = 0)"));
  }

  private static Arguments row(List<String> hypotheses, List<String> references, String line) {
    return Arguments.of(hypotheses, references, line);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void shouldSayWhatSacreBleuSays(List<String> hypotheses, List<String> references, String line) {
    assertEquals(line, Bleu.of(hypotheses, references).toString());
  }

  @Test
  void shouldCountOverTheCorpusAndNotAverageSentences() {
    Bleu bleu =
        Bleu.of(
            List.of("a well-known 20-year-old state-of-the-art system - works", "a b c d"),
            List.of("a well - known 20-year-old state-of-the-art system - works", "e f g h"));
    assertEquals(48.98737021116094, bleu.score(), 1e-9);
  }

  @Test
  void shouldScoreOnlyWhatBelongsTogether() {
    assertThrows(IllegalArgumentException.class, () -> Bleu.of(List.of("a"), List.of()));
  }
}
