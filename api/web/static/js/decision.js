// A decision as cards: what it is about, in which language and mood, what to answer.
import { copyButton } from "./copying.js";
import { el, humanName, languageName, moment, percent, scriptName, spoken } from "./dom.js";
import { pieces } from "./marking.js";
import { MOODS, moodOf } from "./mood.js";
import { passageParts } from "./passages.js";

const REASONS = {
  legal: "legal steps", chargeback: "chargeback or claim", publicity: "going public", safety: "safety",
  fraud_privacy: "fraud or privacy", repeated: "wrote before", manager: "asks for a manager", abuse: "insults or threats",
  deadline: "deadline", high_value: "high value",
};

/** Four facts at a glance: language, mood, escalation, routing. */
export function factsCard(decision) {
  return el("section", { class: "card facts", "aria-label": "At a glance" },
    languageFact(decision.language), moodFact(decision.sentiment), escalationFact(decision.escalation), routingFact(decision.routing));
}

function fact(name, value, kind, ...more) {
  return el("div", { class: `fact ${kind}`.trim() },
    el("span", { class: "fact-name" }, name), el("span", { class: "fact-value" }, value), ...more);
}

function more(...children) {
  return el("span", { class: "fact-more" }, ...children);
}

function languageFact(language) {
  const known = language.code !== "und";
  return fact("Language", languageName(language.code), "fact-language",
    more(`${scriptName(language.script)} script${known ? ` · ${percent(language.probability)}` : ""}`));
}

function moodFact(sentiment) {
  const mood = moodOf(sentiment);
  const place = MOODS.indexOf(mood.label);
  const scale = el("span", { class: `mood mood-${mood.label}`, "aria-hidden": "true" }, MOODS.map((_, nr) => el("i", { class: nr === place && "on" })));
  const likeliest = mood.sure ? "" : `${humanName(sentiment.label).toLowerCase()} `;
  return fact("Mood", mood.name, "", scale, more(`score ${sentiment.score.toFixed(2)} · ${likeliest}${percent(sentiment.probability)}`));
}

function escalationFact(escalation) {
  const reasons = escalation.reasons.map((reason) => el("span", { class: "tag tag-bad" }, REASONS[reason] || humanName(reason)));
  const words = reasons.length ? el("span", { class: "row" }, reasons) : more(escalation.escalate ? "by its wording as a whole" : "no warning sign");
  return fact("Escalation", percent(escalation.probability), escalation.escalate ? "fact-bad" : "",
    escalation.escalate ? more("A senior colleague should see this") : null, words);
}

function routingFact(routing) {
  const due = Object.entries(routing.due || {}).filter(([, at]) => at);
  const urgency = { urgent: "fact-bad", high: "fact-warn" }[routing.priority] || "";
  return fact("Goes to", humanName(routing.team), urgency,
    more(`${humanName(routing.priority)} priority`),
    ...due.map(([clock, at]) => more(`Answer due ${clock === "marketplace" ? "(marketplace) " : ""}`, moment(at))));
}

/**
 * The intents as bars, top five. Where the head abstains, people pick; where it is sure, they may still say that it is wrong.
 * @param {object} decision
 * @param {(name: string) => void} [pick] called with what a person picked
 * @param {string} [picked] what a person picked before
 */
export function intentsCard(decision, pick, picked) {
  const sure = decision.intent !== null;
  const card = el("section", { class: "card", "aria-labelledby": "about-heading" });
  const fill = (choosing) => card.replaceChildren(...intentsParts({ decision, sure, picked, pick: choosing ? pick : null },
    pick && !choosing && el("button", { type: "button", class: "button button-small", onclick: () => fill(true) }, "Not right?")));
  fill(!sure && !picked);
  return card;
}

function intentsParts({ decision, sure, picked, pick }, wrongButton) {
  const rows = decision.intents.slice(0, 5).map((intent) => el("li", {}, intentRow(intent, decision, pick)));
  const also = (decision.also || []).map((name) => el("span", { class: "tag tag-good" }, humanName(name)));
  const unsure = decision.intents.length ? `Not sure${pick ? " – pick one:" : ""}` : "There is no text to judge by.";
  return [
    el("header", {}, el("h2", { id: "about-heading" }, "What it is about"), wrongButton),
    picked && el("p", { class: "notice notice-good unsure" }, "Corrected by a person: ", el("strong", {}, humanName(picked))),
    !sure && !picked && el("p", { class: "notice unsure" }, unsure),
    sure && pick && el("p", { class: "notice unsure" }, "Pick the right one:"),
    el("ul", { class: "intents" }, rows),
    also.length ? el("p", { class: "row small intents-also" }, "Also: ", ...also) : null,
  ].filter(Boolean);
}

function intentRow(intent, decision, pick) {
  const top = decision.intent === intent.name;
  const bar = el("span", { class: "bar", "aria-hidden": "true" }, el("i"));
  bar.firstChild.style.setProperty("--share", `${Math.max(0, Math.min(1, intent.probability)) * 100}%`);
  const parts = [el("span", { class: "intent-name", title: intent.name }, humanName(intent.name)), bar, el("span", { class: "share" }, percent(intent.probability))];
  const classes = `intent ${top ? "intent-top" : ""}`.trim();
  return pick
    ? el("button", { type: "button", class: classes, "data-intent": intent.name, onclick: () => pick(intent.name) }, parts)
    : el("div", { class: classes, "data-intent": intent.name }, parts);
}

/** The customer's own words with the entities marked. */
export function wordsCard(decision, heading = "The customer’s words") {
  const text = el("p", { class: "words", ...spoken(decision.language.code), "data-words": true }, pieces(decision.text, decision.entities).map(mark));
  return el("section", { class: "card", "aria-labelledby": "words-heading" },
    el("header", {}, el("h2", { id: "words-heading" }, heading)), text,
    decision.truncated && el("p", { class: "soft small" }, "Only the first 50,000 characters were read; the whole message is stored."));
}

function mark(piece) {
  if (!piece.entity) return piece.text;
  return el("mark", { class: `entity entity-${piece.entity.kind}`, title: `${piece.entity.kind}: ${piece.entity.value}` },
    el("bdi", {}, piece.text), el("small", { lang: "en" }, piece.entity.kind));
}

// The variants that ask the customer for what is missing (docs/templates.md).
const QUESTIONS = new Set(["ask", "verify"]);

/**
 * Replies that fit, best first.
 * @param {object} decision
 * @param {{actions?: Function, use?: Function, onCopied?: Function}} [doing] `actions(suggestion)` gives further buttons,
 *   `use(suggestion)` takes one as the reply
 */
export function suggestionsCard(decision, doing = {}) {
  const all = decision.suggestions;
  const items = all.map((suggestion, place) => suggestionItem(suggestion, { ...doing, all, short: place > 0 }));
  return el("section", { class: "card", "aria-labelledby": "replies-heading" },
    el("header", {}, el("h2", { id: "replies-heading" }, "Suggested replies"), el("span", { class: "soft small" }, items.length ? "filled in, best first" : "")),
    items.length ? items : el("p", { class: "soft" }, "No approved reply fits this message."));
}

function suggestionItem(suggestion, { actions = () => [], onCopied = () => {}, use, all, short }) {
  const why = (suggestion.why || []).map((reason) => el("li", {}, reason));
  const buttons = el("span", { class: "row suggestion-actions" }, copyButton(suggestion.text, "Copy", () => onCopied(suggestion)), ...actions(suggestion));
  return el("article", { class: `suggestion ${suggestion.withdrawn_at ? "suggestion-done" : ""}`.trim(), "data-suggestion": suggestion.id },
    el("div", { class: "suggestion-head" },
      el("strong", { title: suggestion.template }, humanName(suggestion.template)),
      el("span", { class: "soft" }, `${languageName(suggestion.language)} · fit ${percent(suggestion.score)}`),
      buttons),
    needsLine(suggestion, all, use),
    ...replyText(suggestion, short),
    why.length ? el("ul", { class: "why", "aria-label": "Why this reply" }, why) : null);
}

/** "Needs order number", and the question to the customer for it: this reply itself, or another that one click takes. */
function needsLine(suggestion, all, use) {
  if (!suggestion.missing?.length) return null;
  const what = suggestion.missing.join(", ");
  const asks = (other) => other.missing?.length && QUESTIONS.has(other.template.split(".").at(-1));
  if (asks(suggestion)) return needs(what, el("span", {}, "This reply asks the customer for it."));
  const question = all.find((other) => other.intent === suggestion.intent && asks(other) && !other.withdrawn_at);
  return needs(what, question && use
    ? el("button", { type: "button", class: "button button-small", "data-ask": question.id, onclick: () => use(question) }, "Ask for it")
    : el("span", {}, "A better reply could be filled in with it."));
}

function needs(what, ...more) {
  return el("p", { class: "row small needs" }, el("span", { class: "tag tag-warn" }, `needs ${what}`), ...more);
}

/** The reply itself; all but the best are cut short until someone wants to read on. */
function replyText(suggestion, short) {
  const text = el("p", { class: "suggestion-text", ...spoken(suggestion.language) }, suggestion.text);
  if (!short) return [text];
  text.classList.add("clamped");
  const button = el("button", { type: "button", class: "more", "aria-expanded": "false" }, "Show all of it");
  button.addEventListener("click", () => {
    const open = !text.classList.toggle("clamped");
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "Show less" : "Show all of it";
  });
  return [text, button];
}

/** Passages of the knowledge base that answer. */
export function answersCard(decision) {
  const items = decision.answers.map((answer) => el("article", { class: "passage" },
    el("div", { class: "passage-head" },
      el("a", { href: `/help/${answer.language}/${encodeURIComponent(answer.article)}`, ...spoken(answer.language) }, answer.title),
      el("span", { class: "soft small" }, `${languageName(answer.language)} · fit ${percent(answer.score)}`),
      answer.visibility === "internal" && el("span", { class: "tag tag-bad", "data-internal": true }, "internal – not for customers")),
    el("blockquote", spoken(answer.language), passageParts(answer.passage))));
  return el("section", { class: "card", "aria-labelledby": "answers-heading" },
    el("header", {}, el("h2", { id: "answers-heading" }, "From the knowledge base")),
    items.length ? items : el("p", { class: "soft" }, "No passage answers this message."));
}
