// One ticket: the conversation, what was decided, what to answer.
import { el, humanName, languageName, moment, spoken, toast } from "./dom.js";
import { correctIntent, pickedIntent } from "./correcting.js";
import { answersCard, factsCard, intentsCard, suggestionsCard, wordsCard } from "./decision.js";
import { historyCard } from "./history.js";
import { proceduresCard } from "./procedures.js";
import { replyReach } from "./reaching.js";
import { rejectButton, verdictTag } from "./rejecting.js";
import { watchRules } from "./rules.js";
import { call, explained } from "./server.js";

const pane = document.getElementById("ticket");
const STATUSES = ["new", "open", "pending", "solved", "closed"];
const RULE_BROKEN = "Not saved: change what is marked as not allowed below, or take one of the edits that it offers.";
const REPLY_GOES = "Nothing is sent until a connector for this ticket’s channel is set up.";
const ANSWERED_MEANWHILE = "Not saved: the customer was answered meanwhile. Read the conversation; saving once more sends your words all the same.";

// Whose ticket the pane shows, or will once it is read.
let shown = null;

/** Empty the pane. */
export function clearTicket() {
  shown = null;
  pane.replaceChildren(el("p", { class: "soft nothing" }, "Pick a ticket to see the conversation, the decision and the replies that fit."));
}

/**
 * Show a ticket.
 * @param {string} id
 * @param {{back: () => void, changed: () => void}} events what the list does when one goes back or something changed
 */
export async function openTicket(id, events) {
  shown = id;
  pane.setAttribute("aria-busy", "true");
  try {
    const detail = await call("GET", `/v1/tickets/${encodeURIComponent(id)}`);
    // Somebody who clicks fast sees the last ticket, not the one whose answer came last.
    if (shown !== id) return;
    pane.replaceChildren(...parts(detail, events));
    pane.focus({ preventScroll: true });
    pane.scrollIntoView({ block: "nearest" });
  } catch (error) {
    if (shown === id) pane.replaceChildren(backButton(events), el("p", { class: "notice notice-bad" }, explained(error)));
  } finally {
    if (shown === id) pane.removeAttribute("aria-busy");
  }
}

function backButton(events) {
  return el("button", { type: "button", class: "button button-small back", onclick: events.back }, "Back to the list");
}

function parts(detail, events) {
  const ticket = detail.ticket;
  const again = async (work, done, near = pane) => {
    try {
      await work();
      if (shown === ticket.id) {
        const restore = unsent();
        await openTicket(ticket.id, events);
        restore();
      }
      toast(typeof done === "function" ? done() : done);
      events.changed();
    } catch (error) {
      const problem = el("p", { class: "notice notice-bad", role: "alert" }, explained(error));
      forgetProblem(near);
      near.prepend(problem);
      problem.scrollIntoView({ block: "nearest" });
    }
  };
  const incoming = detail.messages.filter((message) => message.direction === "in");
  const last = incoming.at(-1);
  const decision = last?.decision;
  const reply = replyForm(ticket, again);
  return [
    backButton(events),
    header(ticket, again),
    replyReach(reply),
    ...(decision ? decisionCards(ticket, decision, detail, again) : []),
    proceduresCard(detail.procedures),
    historyCard(detail, Boolean(decision)),
    reply,
    notes(ticket, detail.notes, again),
  ].filter(Boolean);
}

function forgetProblem(near) {
  near.querySelector(".notice-bad[role=alert]")?.remove();
}

function header(ticket, again) {
  const status = el("select", { id: "ticket-status" }, STATUSES.map((name) => el("option", { value: name, selected: name === ticket.status }, humanName(name))));
  status.addEventListener("change", () => again(() => call("PATCH", `/v1/tickets/${ticket.id}`, { status: status.value }), `Status: ${status.value}`));
  const facts = [ticket.customer?.email, ticket.order_id && `Order ${ticket.order_id}`, ticket.channel && humanName(ticket.channel), ticket.marketplace && humanName(ticket.marketplace)];
  return el("header", { class: "ticket-head" },
    el("div", {},
      el("h2", {}, el("bdi", {}, ticket.subject || ticket.customer?.name || beginning(ticket.preview))),
      el("p", { class: "soft small" }, [ticket.customer?.name, ...facts].filter(Boolean).join(" · ") || "No customer data", " · ", moment(ticket.created_at)),
      el("p", { class: "row" }, labels(ticket))),
    el("div", { class: "field" }, el("label", { for: "ticket-status" }, "Status"), status));
}

/** The first words of a message, as its title. */
function beginning(text) {
  const words = Array.from(text || "Message");
  return words.length > 60 ? `${words.slice(0, 60).join("")}…` : words.join("");
}

function decisionCards(ticket, decision, detail, again) {
  const judged = new Map((detail.feedback || []).filter((entry) => entry.suggestion_id).map((entry) => [entry.suggestion_id, entry]));
  const use = (suggestion) => useReply(suggestion, ticket, again);
  const actions = (suggestion) => {
    if (judged.has(suggestion.id)) return [verdictTag(judged.get(suggestion.id))];
    if (suggestion.withdrawn_at) return [el("span", { class: "tag", "data-withdrawn": true }, "Withdrawn: answered ", moment(suggestion.withdrawn_at))];
    return [
      el("button", { type: "button", class: "button button-small", "data-use": true, onclick: () => use(suggestion) }, "Use as reply"),
      rejectButton(suggestion),
    ];
  };
  const pick = (name) => again(() => correctIntent(ticket.id, name), `Noted: ${humanName(name)}`);
  return [
    // The ticket's own clocks: those of the decision run on after the answer.
    factsCard({ ...decision, routing: { ...decision.routing, due: ticket.due } }),
    wordsCard(decision),
    suggestionsCard(decision, { actions, use }),
    el("div", { class: "beside" }, intentsCard(decision, pick, pickedIntent(detail)), answersCard(decision)),
  ];
}

/** The tags of the routing; the one for what was not understood says whether it was tried. */
function labels(ticket) {
  const unknown = ticket.triaged ? "Not sure" : "Waiting for triage";
  const names = (ticket.labels || []).map((label) => (label === "untriaged" ? unknown : humanName(label)));
  if (!ticket.triaged && !names.includes(unknown)) names.unshift(unknown);
  return names.map((name) => el("span", { class: "tag" }, name));
}

/** Put a suggestion into the reply box; sending it tells whether it was kept or edited. */
async function useReply(suggestion, ticket, again) {
  const box = document.getElementById("reply-text");
  fillReply(box, suggestion.text, suggestion);
  box.focus();
  box.scrollIntoView({ block: "center" });
  const detail = await call("GET", `/v1/tickets/${ticket.id}`).catch(() => null);
  const offered = (detail?.messages || []).flatMap((message) => message.decision?.suggestions || []);
  const gone = offered.some((other) => other.id === suggestion.id && other.withdrawn_at);
  if (gone && box.isConnected) await again(async () => fillReply(box, ""), "A colleague answered meanwhile: the suggestion is withdrawn.");
}

/** Fill a reply box, and note what its text started from. */
function fillReply(box, text, from) {
  box.value = text;
  if (from) {
    box.dataset.suggestion = from.id;
    box.dataset.template = from.template;
    for (const [name, value] of Object.entries(spoken(from.language))) box.setAttribute(name, value);
  }
  box.dispatchEvent(new Event("input"));
}

/** What is being written, to outlive a redrawing of its ticket. */
function unsent() {
  const reply = document.getElementById("reply-text");
  if (!reply?.value.trim()) return () => {};
  const { suggestion: id, template } = reply.dataset;
  const from = id && { id, template, language: reply.getAttribute("lang") };
  return () => {
    const box = document.getElementById("reply-text");
    if (box) fillReply(box, reply.value, from);
  };
}

function replyForm(ticket, again) {
  const box = el("textarea", { id: "reply-text", name: "text", rows: "7", dir: "auto", required: true, "aria-keyshortcuts": "Control+Enter" });
  const rules = watchRules(box, ticket.id);
  const started = el("p", { class: "soft small", id: "reply-started", hidden: true });
  const form = el("form", { class: "card stack", id: "reply" },
    el("div", { class: "field" }, el("label", { for: "reply-text" }, "Reply"), box, started),
    rules.panel,
    el("div", { class: "row" }, el("button", { type: "submit", class: "button button-main", title: REPLY_GOES }, "Save reply"),
      el("span", { class: "soft small" }, "Ctrl + Enter saves. ", REPLY_GOES, ticket.language && ` The customer writes ${languageName(ticket.language)}.`)));
  rules.panel.addEventListener("click", () => forgetProblem(form));
  box.addEventListener("input", () => {
    forgetProblem(form);
    // Whoever empties the box starts anew: what follows says nothing of the suggestion.
    if (!box.value) for (const name of ["suggestion", "template"]) delete box.dataset[name];
    started.hidden = !box.dataset.suggestion;
    started.textContent = box.dataset.suggestion ? `Started from ${humanName(box.dataset.template)}; what you change is kept with it.` : "";
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { text: box.value, override: rules.warnings() };
    if (box.dataset.suggestion) body.suggestion_id = box.dataset.suggestion;
    let kept = false;
    const send = async () => {
      try {
        await call("POST", `/v1/tickets/${ticket.id}/reply`, body);
      } catch (error) {
        // A colleague was faster: what was written stays in the box, as the agent's own words.
        if (error.code === "conflict" && error.field === "suggestion_id") {
          kept = true;
          for (const name of ["suggestion", "template"]) delete box.dataset[name];
          return;
        }
        // The findings below the box say it in full, each with what mends it.
        if (error.code === "rule_broken" && !rules.panel.hidden) error.message = RULE_BROKEN;
        throw error;
      }
      fillReply(box, "");
    };
    again(send, () => (kept ? ANSWERED_MEANWHILE : `Reply stored with the ticket. ${REPLY_GOES}`), form);
  });
  return form;
}

function notes(ticket, written, again) {
  const box = el("textarea", { id: "note-text", rows: "2", dir: "auto", required: true, placeholder: "@name tells a colleague" });
  const form = el("form", { class: "stack" },
    el("div", { class: "field" }, el("label", { for: "note-text" }, "Add a note"), box),
    el("div", { class: "row" }, el("button", { type: "submit", class: "button" }, "Save note")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    again(() => call("POST", `/v1/tickets/${ticket.id}/notes`, { text: box.value }), "Note saved", form);
  });
  return el("section", { class: "card stack", "aria-labelledby": "notes-heading" },
    el("h2", { id: "notes-heading" }, "Notes, seen by colleagues only"),
    written.map((note) => el("div", { class: "note" }, el("p", { class: "soft small" }, note.author, " · ", moment(note.created_at)), el("p", { class: "words", dir: "auto" }, note.text))),
    form);
}
