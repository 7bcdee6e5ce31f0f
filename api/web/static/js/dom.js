// Building elements without markup: every text goes in as text, so nothing that a customer wrote can become HTML.

/**
 * Make an element.
 * @param {string} tag
 * @param {Object<string, any>} [attributes] `class`, `data-…`, `onclick` and so on; null and false leave the attribute out.
 * @param {...(Node|string|null|undefined|false)} children
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

/**
 * The `lang` and `dir` attributes of a text. A language written from the right is set so even where it begins with an order
 * number; for all others the browser looks at the letters, in case the language was not recognised.
 */
export function spoken(language) {
  const code = (language || "und").toLowerCase();
  const dir = RIGHT_TO_LEFT.has(code.split("-")[0]) ? "rtl" : "auto";
  return code === "und" ? { dir } : { lang: code, dir };
}

/** A probability as people read it. */
export function percent(probability) {
  if (probability < 0.01) return "<\u202f1\u202f%";
  if (probability > 0.995) return ">\u202f99\u202f%";
  return `${Math.round(probability * 100)}\u202f%`;
}

/** `delivery.not_received` as words: "Delivery: not received"; a template's variant follows after a dot. */
export function humanName(name) {
  const [topic, ...rest] = name.replaceAll("_", " ").split(".");
  const head = topic.charAt(0).toUpperCase() + topic.slice(1);
  return rest.length ? `${head}: ${rest.join(" · ")}` : head;
}

const languageNames = new Intl.DisplayNames(["en"], { type: "language" });
const scriptNames = new Intl.DisplayNames(["en"], { type: "script" });

/** "German" for `de`; "Not recognised" for `und`. */
export function languageName(code) {
  return !code || code === "und" ? "Not recognised" : languageNames.of(code);
}

/** "Latin" for `Latn`. */
export function scriptName(code) {
  try {
    return scriptNames.of(code);
  } catch {
    return code;
  }
}

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** A `time` element: "in 5 hours", with the exact local time on hover. */
export function moment(iso, now = Date.now()) {
  const at = new Date(iso);
  const seconds = (at.getTime() - now) / 1000;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) || ["minute", 60];
  return el("time", { datetime: iso, title: absolute.format(at) }, relative.format(Math.round(seconds / length), unit));
}

/** `1 ticket`, `2 tickets`, `30+ tickets`. */
export function counted(count, noun, more = false) {
  return `${count}${more ? "+" : ""} ${noun}${count === 1 && !more ? "" : "s"}`;
}

const TOAST_MS = 7000;
let fading;

/** Show what was done for some seconds, at the foot of the window, and say it. */
export function toast(text) {
  document.querySelector(".toast")?.remove();
  clearTimeout(fading);
  const shown = el("p", { class: "toast", "aria-hidden": "true" }, text);
  document.body.append(shown);
  fading = setTimeout(() => shown.remove(), TOAST_MS);
  announce(text);
}

/** Say something to people who listen rather than look. */
export function announce(text) {
  const region = document.getElementById("announcer");
  if (region) region.textContent = text;
}
