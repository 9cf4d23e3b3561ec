package io.larch.config;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * A node of a cluster, as its node file and {@code -D} options say; every value is checked. What is
 * trained is said by the runs submitted to the cluster.
 *
 * @param devices number of devices of this node; 0 stands for {@code auto}
 * @param data where this node finds the data of submitted runs
 * @param out folder under which this node keeps the checkpoints of runs; none are kept without
 * @param stallLimit how long a node waits without any progress before it reports who is missing
 * @param akka the tree {@code akka} of the node file, which stands over all that follows from the
 *     settings
 */
public record NodeSettings(
    ClusterSettings cluster,
    HttpSettings http,
    int devices,
    NodeData data,
    Optional<Path> out,
    Duration stallLimit,
    Config akka) {}
