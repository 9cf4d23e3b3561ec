package io.larch.coordinate;

import io.larch.transport.DataAddress;

/**
 * A node that takes part in a run.
 *
 * @param name the address of its actors
 * @param address where its peers reach it; null where there are no peers
 */
public record Party(String name, DataAddress address, int devices) implements Comparable<Party> {
  /** Those of one host side by side. */
  @Override
  public int compareTo(Party other) {
    return place().compareTo(other.place());
  }

  private String place() {
    return (address == null ? "" : address.mediaDriver()) + " " + name;
  }
}
