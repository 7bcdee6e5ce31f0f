// Searching the help centre as one types; without this file the form does the same on Enter.
const form = document.getElementById("help-search");
const box = document.getElementById("q");
const found = document.getElementById("found");
const announcer = document.getElementById("announcer");
const PAUSE_MS = 200;
let request = new AbortController();
let typing;

async function find() {
  request.abort();
  request = new AbortController();
  const query = box.value.trim();
  const here = new URL(location.href);
  const wanted = new URL(form.dataset.find, here);
  for (const address of [here, wanted]) address.searchParams.set("q", query);
  if (!query) here.searchParams.delete("q");
  history.replaceState(null, "", here);
  // Who goes on in another language need not type it again.
  for (const link of document.querySelectorAll(".help-languages a")) {
    const other = new URL(link.href);
    other.search = here.search;
    link.href = other;
  }
  if (!query) {
    show([]);
    return;
  }
  try {
    const answer = await fetch(wanted, { signal: request.signal });
    if (!answer.ok) return;
    // The server rendered and escaped this piece with the same template as the page itself.
    const piece = new DOMParser().parseFromString(await answer.text(), "text/html");
    show(piece.body.childNodes);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

// Who cannot see the list is told how long it is, and not read all of it at every letter.
function show(nodes) {
  found.replaceChildren(...nodes);
  const heading = found.querySelector("h2, .notice")?.firstChild.textContent.trim() || "";
  const count = found.querySelectorAll("article").length;
  announcer.textContent = count ? `${heading}: ${count}` : heading;
}

box.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(find, PAUSE_MS);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  find();
});
