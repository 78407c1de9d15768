// The sheets: keys, export, glossary entry, conflict.
import { ApiError, send } from "./api.js";
import { el } from "./bits.js";
import { sourceLanguage, state, tell } from "./state.js";

const one = (id) => document.getElementById(id);
const NAMES = {
  tmx: "TMX, translation memory", xliff: "XLIFF, for other translation tools", csv: "CSV, for a spreadsheet",
  txt: "Text in the source’s layout", docx: "Word, two columns",
};

export function openExport(segment) {
  const docs = state.run.documents.map((item) => item.doc);
  one("export-doc").replaceChildren(...docs.map((doc) => el("option", { value: doc }, doc)), el("option", { value: "" }, "all articles"));
  one("export-doc").value = one("f-doc").value || segment?.doc || "";
  offer();
  one("export").showModal();
  one("export-list").querySelector("a").focus();
}

function offer() {
  const doc = one("export-doc").value;
  one("export-list").replaceChildren(...state.run.exports.map((name, at) => el("a", {
    class: "choice-link", href: `/api/export/${name}${doc ? `?${new URLSearchParams({ doc })}` : ""}`, download: "", "data-key": at + 1,
  }, el("kbd", {}, String(at + 1)), ` ${NAMES[name] ?? name}`)));
}
one("export-doc").addEventListener("change", offer);

one("export").addEventListener("keydown", (event) => {
  if (event.target.id === "export-doc") return;
  const link = one("export-list").querySelector(`[data-key="${event.key}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
});

let mayReplaceId = true;
const idOf = (text) => text.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");

export function openGlossary(segment, selected, proposed = null) {
  one("glossary-form").reset();
  one("g-problem").textContent = "";
  mayReplaceId = true;
  const side = selected.side === "source" ? sourceLanguage(segment) : segment ? segment.direction.slice(-2) : "en";
  if (selected.text) one(`g-${side}`).value = selected.text;
  one("g-id").value = idOf(one("g-en").value);
  if (proposed) {
    for (const name of ["bn", "en", "id"]) one(`g-${name}`).value = proposed[name] ?? "";
    one("g-type").value = "acronym";
    mayReplaceId = false;
  }
  one("glossary").showModal();
  one(one("g-bn").value ? "g-en" : "g-bn").focus();
}

one("g-en").addEventListener("input", () => {
  if (mayReplaceId) one("g-id").value = idOf(one("g-en").value);
});
one("g-id").addEventListener("input", () => { mayReplaceId = false; });
one("g-cancel").addEventListener("click", () => one("glossary").close());
one("glossary-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { id: one("g-id").value, bn: one("g-bn").value.trim(), en: one("g-en").value.trim(), type: one("g-type").value };
  const press = one("glossary-form").querySelector(".primary");
  press.disabled = true;
  try {
    const answer = await send("POST", "/api/glossary", body);
    one("glossary").close();
    tell("term-added", answer);
  } catch (error) {
    one("g-problem").textContent = error instanceof ApiError ? `${error.body.error.found}. ${error.body.error.do}` : "The server does not answer; the entry was not added.";
  } finally {
    press.disabled = false;
  }
});

export function askConflict(mine, theirs) {
  const lang = theirs.direction.slice(-2);
  for (const [id, text] of [["c-mine", mine], ["c-theirs", theirs.target]]) {
    one(id).textContent = text;
    one(id).lang = lang;
  }
  one("conflict").showModal();
  return new Promise((done) => {
    const answer = (keep) => () => {
      one("conflict").close();
      done(keep);
    };
    one("c-keep").onclick = answer(true);
    one("c-take").onclick = answer(false);
    one("conflict").oncancel = (event) => event.preventDefault();
  });
}

export const openHelp = () => one("help").showModal();
