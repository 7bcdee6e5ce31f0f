// One ticket: the conversation, what was decided, what to answer.
import { el, humanName, languageName, moment, spoken, toast } from "./dom.js";
import { correctIntent, pickedIntent } from "./correcting.js";
import { answersCard, factsCard, intentsCard, suggestionsCard, wordsCard } from "./decision.js";
import { call, explained } from "./server.js";

const pane = document.getElementById("ticket");
const STATUSES = ["new", "open", "pending", "solved", "closed"];
const REPLY_GOES = "Nothing is sent until a connector for this ticket’s channel is set up.";

/** Empty the pane. */
export function clearTicket() {
  pane.replaceChildren(el("p", { class: "soft nothing" }, "Pick a ticket to see the conversation, the decision and the replies that fit."));
}

/**
 * Show a ticket.
 * @param {string} id
 * @param {{back: () => void, changed: () => void}} events what the list does when one goes back or something changed
 */
export async function openTicket(id, events) {
  pane.setAttribute("aria-busy", "true");
  try {
    const detail = await call("GET", `/v1/tickets/${encodeURIComponent(id)}`);
    pane.replaceChildren(...parts(detail, events));
    pane.focus({ preventScroll: true });
    pane.scrollIntoView({ block: "nearest" });
  } catch (error) {
    pane.replaceChildren(backButton(events), el("p", { class: "notice notice-bad" }, explained(error)));
  } finally {
    pane.removeAttribute("aria-busy");
  }
}

function backButton(events) {
  return el("button", { type: "button", class: "button button-small back", onclick: events.back }, "Back to the list");
}

function parts(detail, events) {
  const ticket = detail.ticket;
  const again = async (work, done) => {
    try {
      await work();
      await openTicket(ticket.id, events);
      toast(done);
      events.changed();
    } catch (error) {
      const problem = el("p", { class: "notice notice-bad", role: "alert" }, explained(error));
      pane.prepend(problem);
      problem.scrollIntoView({ block: "nearest" });
    }
  };
  const incoming = detail.messages.filter((message) => message.direction === "in");
  const last = incoming.at(-1);
  const decision = last?.decision;
  return [
    backButton(events),
    header(ticket, again),
    ...(decision ? decisionCards(ticket, decision, detail, again) : []),
    conversation(detail, last, decision),
    replyForm(ticket, again),
    notes(ticket, detail.notes, again),
  ].filter(Boolean);
}

function header(ticket, again) {
  const status = el("select", { id: "ticket-status" }, STATUSES.map((name) => el("option", { value: name, selected: name === ticket.status }, humanName(name))));
  status.addEventListener("change", () => again(() => call("PATCH", `/v1/tickets/${ticket.id}`, { status: status.value }), `Status: ${status.value}`));
  const facts = [ticket.customer?.email, ticket.order_id && `Order ${ticket.order_id}`, ticket.channel && humanName(ticket.channel), ticket.marketplace && humanName(ticket.marketplace)];
  return el("header", { class: "ticket-head" },
    el("div", {},
      el("h2", { dir: "auto" }, ticket.subject || ticket.customer?.name || beginning(ticket.preview)),
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
  const judged = new Map((detail.feedback || []).filter((entry) => entry.suggestion_id).map((feedback) => [feedback.suggestion_id, feedback.action]));
  const actions = (suggestion) => judged.has(suggestion.id)
    ? [el("span", { class: "tag tag-good" }, humanName(judged.get(suggestion.id)))]
    : [
      el("button", { type: "button", class: "button button-small", onclick: () => useReply(suggestion) }, "Use as reply"),
      el("button", { type: "button", class: "button button-small", onclick: () => again(() => feedback(suggestion, "rejected"), "Rejected") }, "Reject"),
    ];
  const pick = (name) => again(() => correctIntent(ticket.id, name), `Noted: ${humanName(name)}`);
  return [
    factsCard(decision),
    wordsCard(decision),
    suggestionsCard(decision, actions),
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

function feedback(suggestion, action) {
  return call("POST", `/v1/suggestions/${suggestion.id}/feedback`, { action });
}

/** Put a suggestion into the reply box; sending it tells whether it was kept or edited. */
function useReply(suggestion) {
  const box = document.getElementById("reply-text");
  box.value = suggestion.text;
  box.dataset.suggestion = suggestion.id;
  for (const [name, value] of Object.entries(spoken(suggestion.language))) box.setAttribute(name, value);
  box.focus();
  box.scrollIntoView({ block: "center" });
}

function conversation(detail, last, decision) {
  const shown = detail.messages.filter((message) => !(decision && message === last && detail.messages.length === 1));
  if (!shown.length) return null;
  return el("section", { class: "card", "aria-labelledby": "conversation-heading" },
    el("header", {}, el("h2", { id: "conversation-heading" }, "Conversation")),
    el("ol", { class: "conversation" }, shown.map((message) => el("li", { class: `said said-${message.direction}` },
      el("p", { class: "soft small" }, message.direction === "in" ? "Customer" : message.author || "We", " · ", moment(message.sent_at || message.created_at)),
      el("p", { class: "words", ...spoken(message.decision?.language.code) }, message.decision?.text || message.text)))));
}

function replyForm(ticket, again) {
  const box = el("textarea", { id: "reply-text", name: "text", rows: "7", dir: "auto", required: true });
  const form = el("form", { class: "card stack", id: "reply" },
    el("div", { class: "field" }, el("label", { for: "reply-text" }, "Reply"), box),
    el("div", { class: "row" }, el("button", { type: "submit", class: "button button-main", title: REPLY_GOES }, "Save reply"),
      el("span", { class: "soft small" }, REPLY_GOES, ticket.language && ` The customer writes ${languageName(ticket.language)}.`)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { text: box.value };
    if (box.dataset.suggestion) body.suggestion_id = box.dataset.suggestion;
    again(() => call("POST", `/v1/tickets/${ticket.id}/reply`, body), `Reply stored with the ticket. ${REPLY_GOES}`);
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
    again(() => call("POST", `/v1/tickets/${ticket.id}/notes`, { text: box.value }), "Note saved");
  });
  return el("section", { class: "card stack", "aria-labelledby": "notes-heading" },
    el("h2", { id: "notes-heading" }, "Notes, seen by colleagues only"),
    written.map((note) => el("div", { class: "note" }, el("p", { class: "soft small" }, note.author, " · ", moment(note.created_at)), el("p", { class: "words", dir: "auto" }, note.text))),
    form);
}
