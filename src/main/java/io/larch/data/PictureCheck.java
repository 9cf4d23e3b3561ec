package io.larch.data;

import io.larch.config.Refusal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/**
 * Every picture of a data set decoded once.
 *
 * @param sound those that can be decoded, in their order
 * @param damaged a sentence for each of the others, naming it
 */
record PictureCheck(EncodedPictures sound, List<String> damaged) {
  private static final int NAMED = 20;

  /** Decodes all pictures, at their full size; takes as long as an epoch's decoding. */
  static PictureCheck of(EncodedPictures pictures, ExecutorService threads) {
    List<String> damaged = new ArrayList<>();
    List<EncodedPicture> train = sound(pictures.train(), threads, damaged);
    List<EncodedPicture> test = sound(pictures.test(), threads, damaged);
    if (train.isEmpty() || test.isEmpty()) {
      throw new Refusal(
          "none of the %s pictures can be decoded, such as %s; look at larch.data.path"
              .formatted(train.isEmpty() ? "training" : "test", damaged.get(0)));
    }
    return new PictureCheck(
        new EncodedPictures(pictures.classNames(), train, test), List.copyOf(damaged));
  }

  private static List<EncodedPicture> sound(
      List<EncodedPicture> pictures, ExecutorService threads, List<String> damaged) {
    List<EncodedPicture> sound = new ArrayList<>();
    try {
      List<Callable<Optional<String>>> checks = new ArrayList<>();
      pictures.forEach(picture -> checks.add(() -> damage(picture)));
      List<Future<Optional<String>>> found = threads.invokeAll(checks);
      for (int i = 0; i < found.size(); i++) {
        Optional<String> damage = found.get(i).get();
        if (damage.isPresent()) {
          damaged.add(pictures.get(i).name() + ": " + damage.get());
        } else {
          sound.add(pictures.get(i));
        }
      }
      return sound;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DataUnavailable("looking for damaged pictures was interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("checking pictures failed", e.getCause());
    }
  }

  private static Optional<String> damage(EncodedPicture picture) {
    try {
      PictureDecoder.decode(picture.bytes());
      return Optional.empty();
    } catch (PictureDamaged | IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** What is left out, for the user. */
  List<String> remarks() {
    List<String> remarks = new ArrayList<>();
    damaged.stream().limit(NAMED).forEach(one -> remarks.add("left out, damaged: " + one));
    if (damaged.size() > NAMED) {
      remarks.add("left out, damaged: %d more pictures".formatted(damaged.size() - NAMED));
    }
    return remarks;
  }
}
