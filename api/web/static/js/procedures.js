// What colleagues agreed to do about such a ticket, step by step. A tick is for the eye only: nothing is stored.
import { el, languageName, spoken } from "./dom.js";
import { passageParts } from "./passages.js";

/** The procedures for a ticket; nothing where there are none. */
export function proceduresCard(procedures) {
  if (!procedures?.length) return null;
  return el("section", { class: "card", "aria-labelledby": "procedures-heading" },
    el("header", {}, el("h2", { id: "procedures-heading" }, procedures.length === 1 ? "What to do" : "What to do – pick the one that fits")),
    procedures.map((procedure, place) => one(procedure, place === 0)));
}

function one(procedure, open) {
  const words = spoken(procedure.language);
  return el("details", { class: "procedure", open, "data-procedure": procedure.id },
    el("summary", {}, el("strong", words, procedure.title)),
    el("p", { class: "soft small row" }, keeper(procedure)),
    procedure.intro ? el("div", { class: "procedure-intro", ...words }, passageParts(plain(procedure.intro))) : null,
    ...sections(procedure.steps).map((section) => steps(section, words)),
    procedure.articles.length ? el("p", { class: "small" }, "Relies on: ", ...links(procedure)) : null);
}

/** Who keeps the procedure right, and whether it is still to be trusted. */
function keeper(procedure) {
  const due = procedure.review_date;
  const late = due && due <= new Date().toISOString().slice(0, 10);
  return [
    procedure.owner && el("span", {}, `Owner: ${procedure.owner}`),
    due && el("span", { class: late ? "tag tag-warn" : "" }, late ? `Review was due on ${due}` : `Next review: ${due}`),
    el("span", {}, languageName(procedure.language)),
  ].filter(Boolean);
}

/** Neighbouring steps under one heading; the numbers run on. */
function sections(all) {
  const found = [];
  all.forEach((step, place) => {
    if (!found.length || found.at(-1).name !== step.section) found.push({ name: step.section, first: place + 1, steps: [] });
    found.at(-1).steps.push(step);
  });
  return found;
}

function steps(section, words) {
  return el("div", { class: "procedure-section", ...words },
    section.name && el("h3", {}, section.name),
    el("ol", { start: section.first, class: "steps" }, section.steps.map((step) => el("li", {}, passageParts(step.text)))));
}

/** The articles by their ids; the help centre has no page of an internal one. */
function links(procedure) {
  return procedure.articles.flatMap((article, place) => [
    place ? ", " : "",
    procedure.public_articles.includes(article)
      ? el("a", { href: `/help/${procedure.language}/${encodeURIComponent(article)}` }, article)
      : el("span", { "data-article": article }, article),
  ]).filter(Boolean);
}

/** An introduction without its marks of emphasis; it is shown as text whatever it holds. */
function plain(markdown) {
  return markdown.replaceAll(/\*{1,3}|`{1,3}/g, "");
}
