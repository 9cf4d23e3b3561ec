/** Data sets, their samples' order and augmentation, and reading ahead of the devices. */
package io.larch.data;
