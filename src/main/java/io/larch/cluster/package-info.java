/** The actors and their protocols. The only home of Akka. */
package io.larch.cluster;
