/** The command line: parse, print, exit code. */
package io.larch.cli;
