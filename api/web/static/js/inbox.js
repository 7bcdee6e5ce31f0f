// The inbox: a list that narrows as one types, and the opened ticket beside it.
import { announce, counted, el, humanName, languageName, moment, spoken } from "./dom.js";
import { moodOf } from "./mood.js";
import { call, explained } from "./server.js";
import { clearTicket, openTicket } from "./ticket.js";

const TYPING_PAUSE_MS = 250;
// A row knows no probability: its mood is named where the score alone says enough.
const PLAIN_MOOD = 0.35;
const inbox = document.getElementById("inbox");
const filters = document.getElementById("filters");
const list = document.getElementById("tickets");
const count = document.getElementById("count");
const more = document.getElementById("more");
let cursor = null;
let request = new AbortController();
let opened = inbox.dataset.ticket;

/** The filters as the address and the API name them. */
function query() {
  const chosen = new URLSearchParams();
  for (const [name, value] of new FormData(filters)) if (value.trim()) chosen.set(name, value.trim());
  return chosen;
}

async function load({ append = false } = {}) {
  request.abort();
  request = new AbortController();
  const asked = query();
  if (append && cursor) asked.set("cursor", cursor);
  asked.set("limit", "30");
  try {
    const page = await call("GET", `/v1/tickets?${asked}`, undefined, request.signal);
    const rows = page.items.map(row);
    if (append) list.append(...rows);
    else list.replaceChildren(...rows);
    cursor = page.next;
    more.hidden = !cursor;
    count.textContent = list.children.length ? counted(list.children.length, "ticket", Boolean(cursor)) : "No ticket matches.";
    markOpened();
  } catch (error) {
    if (error.name === "AbortError") return;
    list.replaceChildren();
    more.hidden = true;
    count.replaceChildren(...explained(error));
  }
}

function row(ticket) {
  const customer = ticket.customer?.name || ticket.customer?.email || (ticket.order_id ? `Order ${ticket.order_id}` : "Someone");
  const due = ticket.due?.marketplace || ticket.due?.company;
  const link = el("a", { href: `/inbox/${ticket.id}`, class: "ticket-row", "data-id": ticket.id },
    el("span", { class: "ticket-line" }, el("strong", { dir: "auto" }, customer), moment(ticket.last_message_at || ticket.created_at)),
    el("span", { class: "ticket-preview", ...spoken(ticket.language) }, ticket.subject || ticket.preview || "(no text)"),
    el("span", { class: "row" },
      el("span", { class: `tag ${ticket.intent ? "tag-good" : ""}` }, ticket.intent ? humanName(ticket.intent) : ticket.triaged ? "Not sure" : "Waiting for triage"),
      el("span", { class: "tag" }, languageName(ticket.language)),
      badge(ticket), mood(ticket),
      ticket.status !== "new" && el("span", { class: "tag" }, humanName(ticket.status)),
      due && ["new", "open"].includes(ticket.status) && el("span", { class: `tag ${new Date(due) < Date.now() ? "tag-bad" : ""}` }, "due ", moment(due))));
  return el("li", {}, link);
}

function badge(ticket) {
  if (ticket.escalate) return el("span", { class: "tag tag-bad" }, "Escalate");
  if (ticket.priority === "urgent") return el("span", { class: "tag tag-bad" }, "Urgent");
  return ticket.priority === "high" && el("span", { class: "tag tag-warn" }, "High");
}

function mood(ticket) {
  const label = ticket.sentiment;
  const score = ticket.sentiment_score ?? 0;
  if (!label || label === "neutral" || Math.abs(score) < PLAIN_MOOD || !moodOf({ label, score }).sure) return null;
  return el("span", { class: `tag ${label.endsWith("negative") ? "tag-warn" : "tag-good"}` }, humanName(label));
}

function markOpened() {
  inbox.classList.toggle("has-ticket", Boolean(opened));
  for (const link of list.querySelectorAll("a")) {
    if (link.dataset.id === opened) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

async function open(id, { remember = true } = {}) {
  opened = id;
  if (remember) history.pushState({ id }, "", id ? `/inbox/${id}${location.search}` : `/inbox${location.search}`);
  markOpened();
  if (!id) return clearTicket();
  await openTicket(id, { back: () => open(""), changed: () => load() });
  announce("Ticket opened");
}

list.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-id]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  open(link.dataset.id);
});

window.addEventListener("popstate", () => open(location.pathname.split("/")[2] || "", { remember: false }));
more.addEventListener("click", () => load({ append: true }));
filters.addEventListener("submit", (event) => event.preventDefault());

let typing;
filters.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    const asked = query().toString();
    history.replaceState(null, "", `${location.pathname}${asked ? `?${asked}` : ""}`);
    load();
  }, TYPING_PAUSE_MS);
});

for (const [name, value] of new URLSearchParams(location.search)) if (filters.elements[name]) filters.elements[name].value = value;
load();
open(opened, { remember: false });
