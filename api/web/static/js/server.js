// Calls to this same server. Who asks: the session cookie of the demo, or a key that was entered on the sign-in page and is
// kept for this tab only.
import { el } from "./dom.js";

const KEY = "deskhand-key";
const UNKNOWN = ["You are not signed in, or the session is over: ", "sign in with a key", "."];

export const keptKey = {
  get: () => sessionStorage.getItem(KEY),
  set: (key) => sessionStorage.setItem(KEY, key),
  clear: () => sessionStorage.removeItem(KEY),
};

/** Whether calls go out under someone's name. */
export function mayStore() {
  return document.documentElement.dataset.session === "yes" || keptKey.get() !== null;
}

/** An answer that is an error, in the words of the server. */
export class ServerError extends Error {
  constructor(status, body) {
    const error = body?.error || {};
    super([error.message || `The server answered ${status}`, error.hint].filter(Boolean).join(". ").replaceAll("..", "."));
    this.status = status;
    this.code = error.code;
    this.field = error.field;
  }
}

/**
 * Call the API.
 * @param {string} method
 * @param {string} path from the root of this server
 * @param {any} [body] sent as JSON
 * @param {AbortSignal} [signal]
 */
export async function call(method, path, body, signal) {
  const options = { method, signal, credentials: "same-origin", headers: { accept: "application/json" } };
  if (keptKey.get()) options.headers.authorization = `Bearer ${keptKey.get()}`;
  if (body !== undefined) {
    options.headers["content-type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServerError(0, { error: { message: "The service cannot be reached", hint: "Is it still running?" } });
  }
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    answer = null;
  }
  if (!response.ok) throw new ServerError(response.status, answer);
  return answer;
}

/** What to say when a call failed. */
export function explain(error) {
  return error.status === 401 ? UNKNOWN.join("") : error.message;
}

/** The same to show: where signing in helps, the words for it lead there. */
export function explained(error) {
  if (error.status !== 401) return [error.message];
  const [before, link, after] = UNKNOWN;
  return [before, el("a", { href: "/signin" }, link), after];
}
