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
 * @param sound those that can be decoded, in their order
 * @param report what was seen
 */
record PictureCheck(EncodedPictures sound, PictureReport report) {
  /** What was seen of one picture: its frame and length, or what is wrong with it. */
  private record Look(PictureReport.Extent extent, String damage) {}

  /** The pictures of a part of the data that can be decoded, with all that is noted on the way. */
  private record Search(
      ExecutorService threads, List<PictureReport.Extent> extents, List<String> damaged) {}

  /** Decodes all pictures, at their full size; takes as long as an epoch's decoding. */
  static PictureCheck of(EncodedPictures pictures, ExecutorService threads) {
    Search search = new Search(threads, new ArrayList<>(), new ArrayList<>());
    List<EncodedPicture> train = sound(pictures.train(), search);
    List<EncodedPicture> test = sound(pictures.test(), search);
    if (train.isEmpty() || test.isEmpty()) {
      throw new Refusal(
          "none of the %s pictures can be decoded, such as %s; look at larch.data.path"
              .formatted(train.isEmpty() ? "training" : "test", search.damaged.get(0)));
    }
    return new PictureCheck(
        new EncodedPictures(pictures.classNames(), train, test),
        PictureReport.of(search.extents, search.damaged));
  }

  private static List<EncodedPicture> sound(List<EncodedPicture> pictures, Search search) {
    List<EncodedPicture> sound = new ArrayList<>();
    try {
      List<Callable<Look>> looks = new ArrayList<>();
      pictures.forEach(picture -> looks.add(() -> look(picture)));
      List<Future<Look>> found = search.threads.invokeAll(looks);
      for (int i = 0; i < found.size(); i++) {
        Look look = found.get(i).get();
        if (look.damage == null) {
          sound.add(pictures.get(i));
          search.extents.add(look.extent);
        } else {
          search.damaged.add(pictures.get(i).name() + ": " + look.damage);
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
