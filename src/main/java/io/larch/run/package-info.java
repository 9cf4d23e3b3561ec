/** A whole run from a run file: wiring, life cycle, result. */
package io.larch.run;
