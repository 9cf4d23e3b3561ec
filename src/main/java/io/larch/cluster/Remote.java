package io.larch.cluster;

/** A message that may travel between nodes; serialised as CBOR by Jackson. */
interface Remote {}
