/**
 * Devices and what they run: networks compiled into lists of oneDNN primitives over planned memory.
 * The only home of oneDNN and JavaCPP.
 */
package io.larch.compute;
