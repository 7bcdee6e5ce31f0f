// Turning a suggestion down: one key says why, or none, and the page stays where it is.
import { announce, el, humanName } from "./dom.js";
import { call, explained } from "./server.js";

const REASONS = [
  ["wrong_intent", "Wrong topic"], ["wrong_facts", "Wrong facts"], ["tone", "Tone"], ["language", "Language"],
  ["too_long", "Too long"], ["outdated", "Outdated"],
];
const OTHER_KEY = String(REASONS.length + 1);
const MAX_COMMENT = 2000;
const names = new Map([...REASONS, ["other", "Other"]]);

/** What became of a suggestion, as a label. */
export function verdictTag({ action, reason, comment }) {
  const why = reason ? `: ${(names.get(reason) || humanName(reason)).toLowerCase()}` : "";
  return el("span", { class: `tag ${action === "rejected" ? "" : "tag-good"}`, title: comment || null }, `${humanName(action)}${why}`);
}

/** The button that asks why; what is answered replaces all buttons of the suggestion. */
export function rejectButton(suggestion) {
  const button = el("button", { type: "button", class: "button button-small", "aria-expanded": "false" }, "Reject");
  button.addEventListener("click", () => {
    const item = button.closest(".suggestion");
    const asked = item.querySelector(".rejecting");
    if (asked) return asked.close();
    button.setAttribute("aria-expanded", "true");
    const panel = question(suggestion, () => button.setAttribute("aria-expanded", "false"), button);
    item.querySelector(".suggestion-head").after(panel);
    // The question itself, not its first answer: Enter pressed twice must not give a reason.
    panel.focus();
  });
  return button;
}

function question(suggestion, closed, opener) {
  const reject = (reason, comment) => send(suggestion, { action: "rejected", reason, comment: comment || undefined }, panel);
  const other = el("button", { type: "button", class: "chip", "aria-keyshortcuts": OTHER_KEY, "aria-expanded": "false" }, key(OTHER_KEY), "Other …");
  const chips = REASONS.map(([reason, words], place) => el("button",
    { type: "button", class: "chip", "data-reason": reason, "aria-keyshortcuts": String(place + 1), onclick: () => reject(reason) }, key(place + 1), words));
  const none = el("button", { type: "button", class: "chip", "aria-keyshortcuts": "0", onclick: () => reject() }, key(0), "Just reject");
  const panel = el("div", { class: "rejecting", role: "group", tabindex: "-1", "aria-label": "Why not? Press a number, or Escape" },
    el("p", { class: "small soft" }, "Why not? Press a number; Esc goes back."), el("div", { class: "row" }, chips, other, none));
  panel.close = () => {
    closed();
    panel.remove();
    opener.focus();
  };
  other.addEventListener("click", () => {
    other.setAttribute("aria-expanded", "true");
    panel.querySelector("form")?.remove();
    panel.append(commentForm((comment) => reject("other", comment)));
    panel.querySelector("input").focus();
  });
  panel.addEventListener("keydown", (event) => pressed(event, panel));
  return panel;
}

function key(name) {
  return el("kbd", { "aria-hidden": "true" }, String(name));
}

function commentForm(done) {
  const input = el("input", { type: "text", maxlength: MAX_COMMENT, dir: "auto", "aria-label": "What is wrong with it?", placeholder: "What is wrong with it?" });
  const form = el("form", { class: "rejecting-comment" }, input, el("button", { type: "submit", class: "button button-small" }, "Reject"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    done(input.value.trim());
  });
  return form;
}

function pressed(event, panel) {
  if (event.key === "Escape") {
    event.stopPropagation();
    return panel.close();
  }
  if (event.target.matches("input") || event.metaKey || event.ctrlKey || event.altKey) return;
  const chosen = panel.querySelector(`[aria-keyshortcuts="${CSS.escape(event.key)}"]`);
  if (!chosen) return;
  event.preventDefault();
  chosen.click();
}

async function send(suggestion, verdict, panel) {
  // A second key while the first is on its way must not judge twice.
  if (panel.dataset.sent) return;
  panel.dataset.sent = "yes";
  try {
    await call("POST", `/v1/suggestions/${suggestion.id}/feedback`, verdict);
  } catch (error) {
    delete panel.dataset.sent;
    panel.querySelector(".notice")?.remove();
    panel.append(el("p", { class: "notice notice-bad", role: "alert" }, explained(error)));
    return;
  }
  const item = panel.closest(".suggestion");
  const label = verdictTag(verdict);
  item.querySelector(".suggestion-actions").replaceChildren(label);
  item.classList.add("suggestion-done");
  panel.remove();
  announce(label.textContent);
  following(item).focus();
}

/** Where the keyboard goes on: the first button of the next open suggestion, else the judged one itself. */
function following(item) {
  for (let next = item.nextElementSibling; next; next = next.nextElementSibling) {
    const button = next.querySelector("[data-use]");
    if (button) return button;
  }
  item.setAttribute("tabindex", "-1");
  return item;
}
