// Signing in with a key: tried once, kept for this tab.
import { call, explain, keptKey } from "./server.js";

const form = document.getElementById("signin");
const result = document.getElementById("signin-result");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  keptKey.set(form.elements.key.value.trim());
  try {
    await call("GET", "/v1/tickets?limit=1");
    window.location.assign("/inbox");
  } catch (error) {
    keptKey.clear();
    result.textContent = error.status === 401 ? "This key is not valid." : explain(error);
    form.elements.key.select();
  }
});
