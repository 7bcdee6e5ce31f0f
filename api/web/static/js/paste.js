// The first page: paste a message, see what Deskhand makes of it.
import { announce, el, humanName, languageName } from "./dom.js";
import { correctIntent } from "./correcting.js";
import { answersCard, factsCard, intentsCard, suggestionsCard, wordsCard } from "./decision.js";
import { call, explain, explained, mayStore } from "./server.js";

const form = document.getElementById("paste");
const box = document.getElementById("message");
const results = document.getElementById("results");
const empty = document.getElementById("empty");
const button = document.getElementById("decide");
const buttonLabel = button.textContent;

document.getElementById("examples").addEventListener("click", (event) => {
  const chip = event.target.closest("button[data-example]");
  if (!chip) return;
  const example = JSON.parse(document.getElementById("example-data").textContent)[Number(chip.dataset.example)];
  box.value = example.text;
  for (const other of document.querySelectorAll("#examples button")) other.setAttribute("aria-pressed", String(other === chip));
  for (const name of ["channel", "marketplace", "order", "customer", "email"]) form.elements[name].value = example[name] || "";
  form.requestSubmit();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!box.value.trim()) {
    show(notice("Paste a message first: there is nothing to read yet.", "bad"));
    box.focus();
    return;
  }
  button.disabled = true;
  button.textContent = "Reading …";
  results.setAttribute("aria-busy", "true");
  try {
    await decide();
  } catch (error) {
    show(notice(explained(error), "bad"));
    announce(explain(error));
  } finally {
    button.disabled = false;
    button.textContent = buttonLabel;
    results.removeAttribute("aria-busy");
  }
});

box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) form.requestSubmit();
});

/** The message as the API takes it: empty fields are left out. */
function message() {
  const value = (name) => form.elements[name].value.trim() || undefined;
  const customer = { name: value("customer"), email: value("email") };
  return {
    text: box.value,
    channel: value("channel"),
    marketplace: value("marketplace"),
    order: value("order") && { id: value("order") },
    customer: customer.name || customer.email ? customer : undefined,
  };
}

async function decide() {
  if (!mayStore()) {
    const answer = await call("POST", "/v1/triage", { messages: [message()] });
    render(answer.decisions[0], null);
    return;
  }
  const answer = await call("POST", "/v1/messages", { ...message(), connector: "page" });
  render(answer.decision, answer.ticket);
}

function render(decision, ticket, picked) {
  if (!decision) {
    show(storedNotice(ticket, "The message is stored. It could not be read just now; it will be decided later."));
    return;
  }
  const pick = ticket ? (name) => correct(ticket, decision, name) : undefined;
  show(
    ticket ? storedNotice(ticket) : notice("Decided, not stored: you are not signed in.", "plain"),
    factsCard(decision),
    el("div", { class: "pair" }, wordsCard(decision), intentsCard(decision, pick, picked)),
    suggestionsCard(decision),
    answersCard(decision),
  );
  const about = decision.intent ? humanName(decision.intent) : "not sure what it is about";
  announce(`Decided: ${languageName(decision.language.code)}, ${about}, ${decision.suggestions.length} suggested replies.`);
}

async function correct(ticket, decision, name) {
  try {
    await correctIntent(ticket.id, name);
  } catch (error) {
    show(notice(explained(error), "bad"));
    return;
  }
  render(decision, ticket, name);
  announce(`Noted: ${humanName(name)}`);
}

function storedNotice(ticket, words = "Stored in the inbox.") {
  return el("p", { class: "notice notice-good stored", "data-stored": ticket.id }, el("span", {}, words), " ",
    el("a", { href: `/inbox/${ticket.id}` }, "Open the ticket"));
}

function notice(words, kind) {
  return el("p", { class: `notice notice-${kind}` }, words);
}

function show(...parts) {
  empty.hidden = true;
  results.replaceChildren(...parts);
  if (window.matchMedia("(max-width: 64rem)").matches) results.scrollIntoView({ block: "start" });
}
