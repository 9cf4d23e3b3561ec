package io.larch.model;

/** A network: a graph of layers. To be filled in by the engine. */
public record Network(String name, Shape input, int classes) {}
