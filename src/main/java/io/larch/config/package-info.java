/**
 * Typed settings of a run, read from HOCON and checked all at once. A side room: every room may
 * read settings, this one knows no other.
 */
package io.larch.config;
