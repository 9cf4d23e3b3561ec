// Numbers, times and names as people read them.

export function number(value, digits = 4) {
  if (value == null || !Number.isFinite(value)) return "–";
  const tiny = value !== 0 && Math.abs(value) < 1e-3;
  return tiny ? value.toExponential(Math.min(2, digits - 1)) : value.toLocaleString("en", { maximumSignificantDigits: digits });
}

export const whole = value => (value == null ? "–" : Math.round(value).toLocaleString("en"));

export const percent = value => (value == null || !Number.isFinite(value) ? "–" : (100 * value).toFixed(2) + " %");

export const roundPercent = value => Math.round(100 * value) + " %";

export function duration(seconds) {
  if (seconds == null || !Number.isFinite(seconds)) return "–";
  if (seconds < 1) return Math.round(seconds * 1000) + " ms";
  if (seconds < 60) return seconds.toFixed(seconds < 10 ? 2 : 0) + " s";
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return minutes + " min " + Math.floor(seconds % 60) + " s";
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? hours + " h " + (minutes % 60) + " min" : Math.floor(hours / 24) + " d " + (hours % 24) + " h";
}

export function bytes(count) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  while (count >= 1000 && at < units.length - 1) {
    count /= 1000;
    at++;
  }
  return number(count, 3) + " " + units[at];
}

/** Names of nodes without what all have in common. */
export const node = text => text.replaceAll(/akka:\/\/[^@\s]*@/g, "");

/** 0–3, 6 for 0, 1, 2, 3 and 6. */
export function ranges(numbers) {
  const parts = [];
  for (let i = 0; i < numbers.length; i++) {
    const from = numbers[i];
    while (i + 1 < numbers.length && numbers[i + 1] === numbers[i] + 1) i++;
    parts.push(from === numbers[i] ? `${from}` : `${from}–${numbers[i]}`);
  }
  return parts.join(", ") || "none";
}

/** The value in the middle. */
export function median(values) {
  const sorted = values.filter(value => value != null).sort((a, b) => a - b);
  return sorted.length ? sorted[sorted.length >> 1] : null;
}

/** An element with attributes and children; texts are never taken for markup. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter(child => child != null));
  return made;
}

/** Puts other children into an element if they differ from those it has. */
export function fill(host, children) {
  const made = children.map(child => child.outerHTML).join("");
  if (host.shown === made) return;
  host.shown = made;
  host.replaceChildren(...children);
}

export const color = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
