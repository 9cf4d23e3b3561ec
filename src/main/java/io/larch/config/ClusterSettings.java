package io.larch.config;

/** How the nodes of a cluster reach each other. Changes no bits. */
public record ClusterSettings(TransportSettings transport) {}
