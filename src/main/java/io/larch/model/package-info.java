/** The networks, as graphs of layers in plain Java: shapes, parameters, costs; no arithmetic. */
package io.larch.model;
