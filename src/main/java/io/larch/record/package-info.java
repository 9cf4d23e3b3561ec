/** Records with checksums, as TensorFlow frames them: in data sets and in TensorBoard's files. */
package io.larch.record;
