package io.larch.cli;

/** The entry point of {@code java -jar larch.jar}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.out.println("larch");
  }
}
