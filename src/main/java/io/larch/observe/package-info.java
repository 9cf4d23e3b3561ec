/** What a run tells while it goes on: events, and who listens to them. */
package io.larch.observe;
