// Telling Deskhand what a message is really about: stored beside the prediction, as a label to learn from.
import { call } from "./server.js";

/** Store the right intent of the customer's last message of a ticket. */
export async function correctIntent(ticketId, intent) {
  const detail = await call("GET", `/v1/tickets/${encodeURIComponent(ticketId)}`);
  const message = detail.messages.filter((entry) => entry.direction === "in").at(-1);
  await call("POST", `/pages/messages/${encodeURIComponent(message.id)}/labels`, { intent });
}

/** What people said last about a ticket's intent, if anything. */
export function pickedIntent(detail) {
  return (detail.feedback || []).map((entry) => entry.labels?.intent).filter(Boolean).at(-1);
}
