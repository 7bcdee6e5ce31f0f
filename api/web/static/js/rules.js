// What the marketplace says of a reply while it is typed, and the edits that mend it.
import { announce, counted, el } from "./dom.js";
import { call } from "./server.js";

const PAUSE_MS = 350;
const MAX_SHOWN = 8;

/**
 * Watch a reply box.
 * @param {HTMLTextAreaElement} box
 * @param {string} ticket the ticket's id
 * @returns {{panel: HTMLElement, warnings: () => string[]}} the panel to show below the box, and the rules that warn
 */
export function watchRules(box, ticket) {
  const panel = el("div", { class: "findings", id: "reply-findings", hidden: true });
  box.setAttribute("aria-describedby", panel.id);
  let waiting;
  let asking;
  let found = [];
  let said = "";

  const check = async () => {
    asking?.abort();
    if (!box.value.trim()) return show([]);
    asking = new AbortController();
    const text = box.value;
    try {
      const answer = await call("POST", "/v1/replies/check", { text, ticket }, asking.signal);
      if (text === box.value) show(answer.findings);
    } catch (error) {
      // The same check runs again when the reply is saved: what cannot be asked now is asked then.
      if (error.name !== "AbortError") show([]);
    }
  };
  const show = (findings) => {
    found = findings;
    panel.replaceChildren(...findings.slice(0, MAX_SHOWN).map((finding) => findingItem(finding, apply)));
    if (findings.length > MAX_SHOWN) panel.append(el("p", { class: "soft small" }, `and ${findings.length - MAX_SHOWN} more`));
    panel.hidden = !findings.length;
    const summary = summed(findings);
    if (summary !== said) announce(summary);
    said = summary;
  };
  const apply = (mend) => {
    const letters = Array.from(box.value); // offsets count code points, as Array.from does
    box.value = [...letters.slice(0, mend.start), mend.text, ...letters.slice(mend.end)].join("");
    box.focus();
    check();
  };
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(check, PAUSE_MS);
  });
  return { panel, warnings: () => [...new Set(found.filter((finding) => finding.severity === "warn").map((finding) => finding.rule))] };
}

/** "1 thing is not allowed, 2 warnings" */
function summed(findings) {
  const blocks = findings.filter((finding) => finding.severity === "block").length;
  const parts = [blocks && `${counted(blocks, "thing")} not allowed here`, findings.length - blocks && counted(findings.length - blocks, "warning")];
  return parts.filter(Boolean).join(", ");
}

function findingItem(finding, apply) {
  const blocks = finding.severity === "block";
  return el("div", { class: `finding finding-${finding.severity}` },
    el("p", {}, el("strong", {}, blocks ? "Not allowed" : "Careful"), " · ", el("q", { dir: "auto" }, shortened(finding.text))),
    el("p", { class: "small" }, finding.explanation, " ", el("span", { class: "soft" }, `Rule ${finding.rule}${source(finding.standing)}`)),
    finding.mends.length > 0 && el("div", { class: "row" }, finding.mends.map((mend) => el("button",
      { type: "button", class: "button button-small", title: mend.text || null, onclick: () => apply(mend) }, mend.label))));
}

function source(standing) {
  return { third_party: ", as a third party tells it", memory: ", not checked against the marketplace’s page", shop: ", the shop’s own" }[standing] || "";
}

function shortened(text) {
  const letters = Array.from(text.replace(/\s+/g, " ").trim());
  return letters.length > 80 ? `${letters.slice(0, 80).join("")}…` : letters.join("");
}
