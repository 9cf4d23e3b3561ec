package io.larch.cli;

import io.larch.config.Refusal;
import io.larch.data.DataUnavailable;
import io.larch.run.Failure;
import java.io.PrintStream;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The one place where an error becomes a paragraph and an exit code: 1 failed on the way, 2 wrong
 * usage or configuration, 3 diverged.
 *
 * @param interrupted whether a signal has asked the program to end, which may show as any error
 */
record Errors(PrintStream err, boolean debug, BooleanSupplier interrupted) {
  private static final int FAILED = 1;
  private static final int REFUSED = 2;
  private static final int DIVERGED = 3;

  /** Says what went wrong and returns the exit code. */
  int report(Throwable error) {
    err.println("larch: " + paragraph(error));
    if (debug) {
      error.printStackTrace(err);
    }
    return exitCode(error);
  }

  /** The same for a command line that cannot be understood. */
  int wrongUsage(ParameterException error) {
    if (error.getCause() instanceof Refusal refusal) {
      return report(refusal);
    }
    CommandLine command = error.getCommandLine();
    err.println("larch: " + error.getMessage());
    UnmatchedArgumentException.printSuggestions(error, err);
    err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
    return REFUSED;
  }

  private static int exitCode(Throwable error) {
    if (error instanceof Failure failure) {
      return failure.kind() == Failure.Kind.DIVERGED ? DIVERGED : FAILED;
    }
    return error instanceof Refusal ? REFUSED : FAILED;
  }

  private String paragraph(Throwable error) {
    if (error instanceof Refusal || error instanceof Failure || error instanceof DataUnavailable) {
      return error.getMessage();
    }
    if (interrupted.getAsBoolean()) {
      return "interrupted before the end";
    }
    String hint = debug ? "" : " (--debug shows where)";
    return "unexpected " + error + hint;
  }
}
