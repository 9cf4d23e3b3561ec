/**
 * The management endpoint of a node: what it answers over HTTP, told by whoever controls runs. Akka
 * HTTP beside the actors; knows none of them.
 */
package io.larch.web;
