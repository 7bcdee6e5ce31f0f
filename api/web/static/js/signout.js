// Signing out: the tab's key is forgotten here, the session's cookie by the server.
import { keptKey, mayStore } from "./server.js";

const form = document.getElementById("signout");
form.hidden = !mayStore();
form.addEventListener("submit", () => keptKey.clear());
