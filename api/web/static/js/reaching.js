// The way to the reply box of a long ticket on a small screen, where it lies far below the conversation.
import { el } from "./dom.js";

/**
 * A button that stays in sight for as long as the reply box is still below it.
 * @param {HTMLFormElement} form the reply box's form
 */
export function replyReach(form) {
  const box = form.querySelector("textarea");
  const button = el("button", { type: "button", class: "button button-main reach", "data-reach": true, hidden: true }, "Reply");
  button.addEventListener("click", () => {
    box.focus({ preventScroll: true });
    form.scrollIntoView({ block: "start" });
  });
  new IntersectionObserver(([entry]) => {
    button.hidden = entry.isIntersecting || entry.boundingClientRect.top < 0;
  }).observe(box);
  return button;
}
