/**
 * Recipes compared at several batch sizes: what there is to run, what came of it, which rate is
 * best, and the report. It trains nothing itself.
 */
package io.larch.study;
