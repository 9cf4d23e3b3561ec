package io.larch.data;

import java.util.List;

/**
 * What a folder of files holds.
 *
 * @param files all of them
 */
record DataFolder(PicturesInMemory train, PicturesInMemory test, List<DataFile> files) {}
