package io.larch.data;

import io.larch.config.Refusal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/**
 * Every picture of a data set decoded once.
 *
 * @param pictures all of them in their order, those that cannot be decoded without weight
 * @param report what was seen
 */
record PictureCheck(EncodedPictures pictures, PictureReport report) {
  /** What was seen of one picture: its frame and length, or what is wrong with it. */
  private record Look(PictureReport.Extent extent, String damage) {}

  /** A look at all pictures, with all that is noted on the way. */
  private record Search(
      ExecutorService threads, List<PictureReport.Extent> extents, List<String> damaged) {}

  /** Decodes all pictures, at their full size; takes as long as an epoch's decoding. */
  static PictureCheck of(EncodedPictures pictures, ExecutorService threads) {
    Search search = new Search(threads, new ArrayList<>(), new ArrayList<>());
    List<EncodedPicture> train = checked(pictures.train(), search);
    refuseIfNoneIsSound("training", train, search);
    List<EncodedPicture> test = checked(pictures.test(), search);
    refuseIfNoneIsSound("test", test, search);
    return new PictureCheck(
        new EncodedPictures(pictures.classNames(), train, test),
        PictureReport.of(search.extents, search.damaged));
  }

  private static void refuseIfNoneIsSound(
      String split, List<EncodedPicture> checked, Search search) {
    if (checked.stream().allMatch(WeightlessPicture.class::isInstance)) {
      throw new Refusal(
          "none of the %s pictures can be decoded, such as %s; look at larch.data.path"
              .formatted(split, search.damaged.get(search.damaged.size() - 1)));
    }
  }

  private static List<EncodedPicture> checked(List<EncodedPicture> pictures, Search search) {
    List<EncodedPicture> checked = new ArrayList<>();
    try {
      List<Callable<Look>> looks = new ArrayList<>();
      pictures.forEach(picture -> looks.add(() -> look(picture)));
      List<Future<Look>> found = search.threads.invokeAll(looks);
      for (int i = 0; i < found.size(); i++) {
        Look look = found.get(i).get();
        if (look.damage == null) {
          checked.add(pictures.get(i));
          search.extents.add(look.extent);
        } else {
          search.damaged.add(pictures.get(i).name() + ": " + look.damage);
          checked.add(WeightlessPicture.of(pictures.get(i)));
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

  private static Look look(EncodedPicture picture) {
    try {
      byte[] encoded = picture.bytes();
      PictureHeader header = PictureHeader.of(encoded);
      PictureDecoder.decode(encoded);
      return new Look(
          new PictureReport.Extent(header.width(), header.height(), encoded.length), null);
    } catch (PictureDamaged | IOException e) {
      return new Look(null, String.valueOf(e.getMessage()));
    }
  }
}
