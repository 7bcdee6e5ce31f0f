// "Did this help?": stored without leaving the page; without this file the form does the same with a reload.
const form = document.getElementById("vote");
const said = document.getElementById("vote-said");

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const helped = event.submitter?.value || "";
  const body = new URLSearchParams({ helped });
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    said.replaceChildren(...page.getElementById("vote-said").childNodes);
    form.hidden = true;
    said.focus();
  } catch {
    // Sending a form by hand leaves out which button was pressed.
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "helped", value: helped }));
    form.submit();
  }
});
