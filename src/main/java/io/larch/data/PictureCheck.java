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
 * @param pictures all of them in their order, those that cannot be decoded without weight
 * @param damaged a sentence for each of these, naming it
 */
record PictureCheck(EncodedPictures pictures, List<String> damaged) {
  private static final int NAMED = 20;

  /** Decodes all pictures, at their full size; takes as long as an epoch's decoding. */
  static PictureCheck of(EncodedPictures pictures, ExecutorService threads) {
    List<String> damaged = new ArrayList<>();
    List<EncodedPicture> train = checked(pictures.train(), threads, damaged);
    refuseIfNoneIsSound("training", train, damaged);
    List<EncodedPicture> test = checked(pictures.test(), threads, damaged);
    refuseIfNoneIsSound("test", test, damaged);
    return new PictureCheck(
        new EncodedPictures(pictures.classNames(), train, test), List.copyOf(damaged));
  }

  private static void refuseIfNoneIsSound(
      String split, List<EncodedPicture> checked, List<String> damaged) {
    if (checked.stream().allMatch(WeightlessPicture.class::isInstance)) {
      throw new Refusal(
          "none of the %s pictures can be decoded, such as %s; look at larch.data.path"
              .formatted(split, damaged.get(damaged.size() - 1)));
    }
  }

  private static List<EncodedPicture> checked(
      List<EncodedPicture> pictures, ExecutorService threads, List<String> damaged) {
    List<EncodedPicture> checked = new ArrayList<>();
    try {
      List<Callable<Optional<String>>> checks = new ArrayList<>();
      pictures.forEach(picture -> checks.add(() -> damage(picture)));
      List<Future<Optional<String>>> found = threads.invokeAll(checks);
      for (int i = 0; i < found.size(); i++) {
        Optional<String> damage = found.get(i).get();
        if (damage.isPresent()) {
          damaged.add(pictures.get(i).name() + ": " + damage.get());
          checked.add(WeightlessPicture.of(pictures.get(i)));
        } else {
          checked.add(pictures.get(i));
        }
      }
      return checked;
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

  /** What has no weight, for the user. */
  List<String> remarks() {
    List<String> remarks = new ArrayList<>();
    damaged.stream().limit(NAMED).forEach(one -> remarks.add("damaged, without weight: " + one));
    if (damaged.size() > NAMED) {
      remarks.add("damaged, without weight: %d more pictures".formatted(damaged.size() - NAMED));
    }
    return remarks;
  }
}
