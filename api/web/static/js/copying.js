// A button that copies a text and says so.
import { announce, el } from "./dom.js";

const SHOWN_MS = 1800;

/** Make a copy button; `onCopied` is called after the text lies in the clipboard. */
export function copyButton(text, label, onCopied = () => {}) {
  const button = el("button", { type: "button", class: "button button-small", "data-copy": true }, label);
  button.addEventListener("click", async () => {
    const done = await copy(text);
    button.textContent = done ? "Copied" : "Press Ctrl+C";
    announce(done ? "Copied to the clipboard" : "Could not copy; the text is selected");
    setTimeout(() => { button.textContent = label; }, SHOWN_MS);
    if (done) onCopied();
  });
  return button;
}

/** Copy; the clipboard interface is missing where a page is served without TLS under a name, hence the old way as well. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea", { class: "unseen", readonly: true, "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
