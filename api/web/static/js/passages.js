// A passage of the knowledge base: plain lines, in which "- " and "1. " begin the points of a list and " | " parts the cells of
// a table. They become elements whose content is set as text, so that no article can bring markup along.
import { el } from "./dom.js";

const POINT = /^\s*[-*•]\s+(?=\S)/;
const STEP = /^\s*(\d{1,3})[.)]\s+(?=\S)/;
const CELLS = " | ";

/** Make the elements of a passage. */
export function passageParts(text) {
  return groups(text.split("\n")).map(({ kind, lines }) => BUILDERS[kind](lines));
}

/** Neighbouring lines of one kind; an empty line ends a group. */
function groups(lines) {
  const found = [];
  let open = null;
  for (const line of lines) {
    const kind = kindOf(line);
    if (kind !== open) found.push({ kind, lines: [] });
    open = kind;
    if (kind) found.at(-1).lines.push(line);
  }
  return found.filter((group) => group.kind);
}

function kindOf(line) {
  if (!line.trim()) return null;
  if (POINT.test(line)) return "points";
  if (STEP.test(line)) return "steps";
  return line.includes(CELLS) ? "rows" : "words";
}

const BUILDERS = {
  words: (lines) => el("p", {}, lines.map((line) => line.trim()).join("\n")),
  points: (lines) => el("ul", {}, lines.map((line) => el("li", {}, line.replace(POINT, "")))),
  steps: (lines) => el("ol", { start: STEP.exec(lines[0])[1] }, lines.map((line) => el("li", {}, line.replace(STEP, "")))),
  rows: table,
};

/** A table under its first row; a single row is a sentence with a bar in it. */
function table([head, ...rows]) {
  if (!rows.length) return el("p", {}, head);
  const cells = (line, tag, attributes) => line.split(CELLS).map((cell) => el(tag, attributes, cell.trim()));
  return el("table", {},
    el("thead", {}, el("tr", {}, cells(head, "th", { scope: "col" }))),
    el("tbody", {}, rows.map((line) => el("tr", {}, cells(line, "td")))));
}
