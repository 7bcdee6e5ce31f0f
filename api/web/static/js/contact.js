// The contact form: what is wrong or may answer gets the focus; the form works without this file.
const form = document.getElementById("contact");

const first = form?.querySelector("[aria-invalid]") || document.getElementById("before");
first?.focus();
first?.scrollIntoView({ block: "center" });

// A second press while the first one is on its way would do nothing but worry people.
form?.addEventListener("submit", (event) => {
  if (form.dataset.sending) event.preventDefault();
  form.dataset.sending = "yes";
});
addEventListener("pageshow", () => form && delete form.dataset.sending);
