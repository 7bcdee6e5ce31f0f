// Searching the help centre as one types; without this file the form does the same on Enter.
const form = document.getElementById("help-search");
const box = document.getElementById("q");
const found = document.getElementById("found");
const PAUSE_MS = 200;
let request = new AbortController();
let typing;

async function find() {
  request.abort();
  request = new AbortController();
  const query = box.value.trim();
  history.replaceState(null, "", query ? `?q=${encodeURIComponent(query)}` : location.pathname);
  if (!query) {
    found.replaceChildren();
    return;
  }
  try {
    const answer = await fetch(`${form.dataset.find}?q=${encodeURIComponent(query)}`, { signal: request.signal });
    if (!answer.ok) return;
    // The server rendered and escaped this piece with the same template as the page itself.
    const piece = new DOMParser().parseFromString(await answer.text(), "text/html");
    found.replaceChildren(...piece.body.childNodes);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

box.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(find, PAUSE_MS);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  find();
});
