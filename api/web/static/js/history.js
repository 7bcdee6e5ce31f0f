// What was said so far, by customers, by us, and by Deskhand itself: the latter is no answer and does not look like one.
import { el, moment, spoken } from "./dom.js";

const STAGES = { received: "Receipt", delayed: "Notice of a delay", waiting: "Reminder", solved: "Closing notice" };

/**
 * The conversation, oldest first; nothing where the one message that there is stands above already.
 * @param {{messages: object[], notices?: object[]}} detail
 * @param {boolean} shownAbove whether the customer's only message is shown with its decision
 */
export function historyCard(detail, shownAbove) {
  const notices = detail.notices || [];
  if (!notices.length && shownAbove && detail.messages.length === 1) return null;
  // Times are whole seconds: of one second, the message comes before the notice on it.
  const said = [...detail.messages.map((message) => ({ at: message.created_at, item: () => messageItem(message) })),
    ...notices.map((notice) => ({ at: notice.created_at, item: () => noticeItem(notice) }))];
  said.sort((one, other) => new Date(one.at) - new Date(other.at));
  if (!said.length) return null;
  return el("section", { class: "card", "aria-labelledby": "conversation-heading" },
    el("header", {}, el("h2", { id: "conversation-heading" }, "Conversation")),
    el("ol", { class: "conversation" }, said.map((entry) => entry.item())));
}

function messageItem(message) {
  return el("li", { class: `said said-${message.direction}` },
    el("p", { class: "soft small" }, message.direction === "in" ? "Customer" : el("bdi", {}, message.author || "We"), " · ", moment(message.sent_at || message.created_at)),
    el("p", { class: "words", ...spoken(message.decision?.language.code) }, message.decision?.text || message.text));
}

function noticeItem(notice) {
  return el("li", { class: "said said-auto", "data-notice": notice.stage },
    el("p", { class: "soft small row" }, el("span", { class: "tag tag-blue" }, "Automatic, not an answer"),
      el("span", {}, STAGES[notice.stage] || notice.stage, " · ", moment(notice.created_at)),
      notice.due && el("span", {}, "answer promised: ", moment(notice.due))),
    el("details", {}, el("summary", spoken(notice.language), notice.subject), el("p", { class: "words", ...spoken(notice.language) }, notice.text)));
}
