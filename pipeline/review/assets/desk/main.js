// The review desk: boots, filters, and turns keys and clicks into commands.
import { get, segmentPath, send } from "./api.js";
import { el } from "./bits.js";
import { openExport, openGlossary, openHelp } from "./dialogs.js";
import { editing, endEdit, replaceText, startEdit } from "./edit.js";
import { current, go, headOf, mark, show } from "./feed.js";
import { bind } from "./keys.js";
import { closeNotes, redrawRow, rowOf, toggleEverything, toggleNote } from "./row.js";
import { change, took, undo, unsaved } from "./save.js";
import { on, snapshot, state, tell } from "./state.js";
import { pushUndo, restoreUndo, startFrom, wrote } from "./undo.js";

const one = (id) => document.getElementById(id);
const FILTERS = { q: "q", doc: "f-doc", status: "f-status", flag: "f-flag", check: "f-check", term: "f-term" };

// the head --------------------------------------------------------------------------------------------------
function progress() {
  const now = state.run.progress;
  one("progress").max = now.segments || 1;
  one("progress").value = now.approved;
  one("progress-text").textContent = `${now.approved} of ${now.segments} approved, ${now.contested} contested, ${now.error} error${now.error === 1 ? "" : "s"}, ${now.warning} warning${now.warning === 1 ? "" : "s"}`;
}

// what a screen reader need not hear after every pause in typing
const ROUTINE = new Set(["saving…", "all changes saved"]);
function say(text, kind = "") {
  one("saved").textContent = text;
  one("saved").className = `small save-state ${kind}`;
  if (kind || !ROUTINE.has(text)) one("told").textContent = text;
}

function notices(lines) {
  one("notices").replaceChildren(...lines.map((line) => el("p", { class: "notice" }, line)));
}

function options(select, pairs) {
  const chosen = select.value;
  select.replaceChildren(select.options[0], ...pairs.map(([value, label]) => el("option", { value }, label)));
  select.value = pairs.some(([value]) => value === chosen) ? chosen : "";
}

function head(run) {
  state.run = run;
  progress();
  notices(run.notices);
  options(one("f-doc"), run.documents.map((item) => [item.doc, `${item.doc} (${item.segments})`]));
  options(one("f-status"), run.statuses.map((name) => [name, name]));
  options(one("f-check"), Object.entries(run.checks).map(([name, count]) => [name, `${name} (${count})`]));
  options(one("f-term"), Object.entries(run.terms).map(([name, count]) => [name, `${name} (${count})`]));
}

// filters ---------------------------------------------------------------------------------------------------
let asked = 0;
async function filter({ focus = false } = {}) {
  asked += 1;
  const mine = asked;
  const query = Object.fromEntries(Object.entries(FILTERS).map(([name, id]) => [name, one(id).value]));
  const found = await get("/api/numbers", query).catch((error) => { say(error.message, "bad"); return null; });
  if (!found || mine !== asked) return;
  show(found);
  const whole = state.run.progress.segments;
  one("shown").textContent = found.numbers.length === whole ? `${whole} segments` : `${found.numbers.length} of ${whole} segments`;
  one("nothing").hidden = found.numbers.length > 0;
  if (found.numbers.length) await go(0, { focus });
}

let typed = 0;
const form = document.querySelector(".bar");
form.addEventListener("input", (event) => {
  if (event.target.id !== "q") return;
  clearTimeout(typed);
  typed = setTimeout(filter, 150);
});
form.addEventListener("change", (event) => { if (event.target.id !== "q") filter(); });
form.addEventListener("submit", (event) => { event.preventDefault(); filter({ focus: true }); });
one("clear").addEventListener("click", () => { form.reset(); filter({ focus: true }); });

// commands --------------------------------------------------------------------------------------------------
const step = (by) => go(state.at < 0 ? 0 : state.at + by);

function jump(by) {
  const ahead = by > 0 ? state.attention.find((at) => at > state.at && wanting(at)) : state.attention.findLast((at) => at < state.at && wanting(at));
  if (ahead === undefined) say("nothing further needs attention");
  else go(ahead);
}

const wanting = (at) => {
  const segment = state.cache.get(state.numbers[at]);
  return !segment || segment.status === "rejected" || (segment.status === "draft" && segment.notes.some((note) => note.kind === "contested" || ["error", "warning"].includes(note.severity)));
};

function article(by) {
  const starts = [...state.starts.keys()];
  const to = by > 0 ? starts.find((at) => at > state.at) : starts.findLast((at) => at < state.at);
  if (to !== undefined) go(to);
}

function edit(number = state.numbers[state.at]) {
  if (!state.cache.has(number)) return;
  mark(state.numbers.indexOf(number));
  startEdit(number);
}

async function status(wanted, { next = false } = {}) {
  const segment = current();
  if (!segment) return;
  const done = segment.status === wanted;
  if (wanted === "approved" && !done && !segment.target.trim()) {
    say("An empty translation cannot be approved.", "bad");
    return;
  }
  const saving = change(segment.number, { status: done ? "draft" : wanted }, { undo: done ? "back to draft" : wanted });
  if (next && !done) await step(1);
  await saving;
}

function contest(segment, term) {
  return segment.notes.find((note) => note.readings.length && (term === undefined ? note.kind === "contested" : note.term === term))
    ?? (term === undefined ? segment.notes.find((note) => note.readings.length) : undefined);
}

async function resolve(segment, note, entry, scope) {
  endEdit();
  try {
    const answer = await send("POST", "/api/resolve", { segment: segment.id, term: note.term, entry, scope, version: state.cache.get(segment.number).version });
    many(answer, `read as ${entry}`);
    say(`${note.title} read as ${entry} in ${answer.segments.length} segment${answer.segments.length === 1 ? "" : "s"}`);
  } catch (error) {
    if (error.status === 409) took(await get(segmentPath(segment.id)));
    say(error.status === 409 ? "Another window changed this segment: look again." : error.message, "bad");
  }
}

function many(answer, label) {
  for (const item of answer.segments) {
    startFrom({ id: item.id, version: item.version - 1 });
    wrote(item);
  }
  pushUndo(label, answer.segments.map((item) => ({ number: item.number, id: item.id, fields: changed(item, answer.was[item.id]) })));
  for (const item of [...answer.segments, ...(answer.others ?? [])]) took(item);
  state.run.progress = answer.progress;
  for (const doc of answer.documents) tell("document", doc);
  progress();
}

// Only what the act changed: what it left alone is not its to take back.
function changed(item, was) {
  const now = snapshot(item);
  const fields = { ...was, target: was.target ?? item.proposed };
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(now[name])));
}

async function approveAll() {
  const segment = current();
  if (!segment) return;
  try {
    const answer = await send("POST", "/api/approve", { doc: segment.doc });
    many(answer, "approve all");
    say(`${answer.segments.length} segments approved; what needs attention was left`);
  } catch (error) {
    say(error.message, "bad");
  }
}

function selection() {
  const chosen = getSelection();
  const text = chosen.toString().trim().replace(/\s+/g, " ");
  const place = text ? chosen.anchorNode?.parentElement?.closest(".source, .target") : null;
  return { text: place ? text : "", side: place?.classList.contains("source") ? "source" : "target" };
}

function takeBack() {
  endEdit(); // what is being typed is the last change
  undo();
}

const withRow = (act) => () => { const segment = current(); if (segment) act(segment); };
const openNote = (segment) => {
  toggleNote(segment, "more", true);
  document.getElementById(`note-${segment.number}`)?.focus();
};

bind({
  j: () => step(1), k: () => step(-1), n: () => jump(1), p: () => jump(-1), e: () => edit(),
  a: () => status("approved", { next: true }), x: () => status("rejected"), A: approveAll, u: takeBack,
  r: withRow((segment) => segment.edited && change(segment.number, { target: segment.proposed }, { undo: "restore" })),
  o: withRow(toggleEverything), m: withRow(openNote), s: () => openExport(current()), help: openHelp,
  g: () => openGlossary(current(), selection()),
  "]": () => article(1), "[": () => article(-1),
  d: () => { state.differences = !state.differences; for (const item of state.cache.values()) redrawRow(item); },
  search: () => { one("q").focus(); one("q").select(); },
  digit: (count, scope) => {
    const segment = current();
    const note = segment && contest(segment);
    if (note?.readings[count - 1]) resolve(segment, note, note.readings[count - 1].entry, scope);
  },
  escape: (field, event) => {
    if (editing() >= 0) endEdit();
    else if (field?.id === "q") {
      event.preventDefault(); // the browser would empty the field without telling
      clearTimeout(typed);
      const had = field.value !== "";
      field.value = "";
      field.blur();
      if (had) filter({ focus: true });
      else go(state.at);
    }
    else if (field) { field.blur(); go(state.at); }
    else withRow(closeNotes)();
  },
  inField: (event, field) => {
    if (event.key === "Enter" && field.id === "q") { event.preventDefault(); clearTimeout(typed); filter({ focus: true }); }
    if (!field.closest(".target-cell") || event.isComposing || event.key !== "Enter") return;
    event.preventDefault();
    endEdit();
    if (event.ctrlKey || event.metaKey) status("approved", { next: true });
  },
});

const clicks = {
  edit: (segment) => edit(segment.number),
  approve: () => status("approved"), reject: () => status("rejected"),
  more: (segment) => toggleNote(segment, "more"),
  resolve: (segment, item) => resolve(segment, contest(segment, Number(item.dataset.term)), item.dataset.entry, item.dataset.scope),
  goto: (segment, item) => {
    const at = state.numbers.indexOf(Number(item.dataset.place));
    if (at >= 0) go(at);
    else say("That segment is not in the list as it is filtered now.");
  },
  propose: (segment, item) => openGlossary(segment, { text: "" }, segment.notes.find((note) => note.id === item.dataset.note).data.evidence.proposed),
  use: (segment, item) => { endEdit(); change(segment.number, { target: item.dataset.text }, { undo: "use" }); },
};

document.addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (!row) return;
  const segment = state.cache.get(Number(row.dataset.number));
  mark(state.numbers.indexOf(segment.number));
  const note = event.target.closest("[data-n]");
  const item = event.target.closest("[data-do]");
  if (note) {
    event.preventDefault();
    toggleNote(segment, note.dataset.n);
    if (note.dataset.f) toggleNote(segment, note.dataset.f);
  } else if (item && !(item.tagName === "P" && !getSelection().isCollapsed)) clicks[item.dataset.do]?.(segment, item);
});

function light(event) {
  const item = event.target.closest?.(".row [data-n]");
  for (const old of document.querySelectorAll(".lit")) old.classList.remove("lit");
  if (!item) return;
  for (const other of item.closest(".row").querySelectorAll(`.mark[data-n="${item.dataset.n}"], .mark[data-f="${item.dataset.n}"]`)) other.classList.add("lit");
}
document.addEventListener("mouseover", light);
document.addEventListener("focusin", (event) => {
  light(event);
  const row = event.target.closest(".row");
  if (row && Number(row.dataset.number) !== state.numbers[state.at]) mark(state.numbers.indexOf(Number(row.dataset.number)));
});
document.addEventListener("change", (event) => {
  if (!event.target.classList.contains("note-text")) return;
  const number = Number(event.target.closest(".row").dataset.number);
  change(number, { note: event.target.value }, { undo: "note" });
});

one("undo").addEventListener("click", takeBack);
one("glossary-open").addEventListener("click", () => openGlossary(current(), selection()));
one("export-open").addEventListener("click", () => openExport(current()));
one("help-open").addEventListener("click", openHelp);
one("theme").addEventListener("change", (event) => {
  document.documentElement.dataset.theme = event.target.value;
  try { localStorage.setItem("setu-theme", event.target.value); } catch { /* a private window keeps nothing */ }
});

// what other parts tell -------------------------------------------------------------------------------------
on("saving", () => say("saving…"));
on("saved", () => { if (!unsaved()) say("all changes saved"); });
on("idle", () => say("all changes saved"));
on("trouble", (error) => say(`not saved: ${error.status ? error.message : "the desk does not answer"}; trying again, keep this page open`, "bad"));
on("refused", (error) => say(error.message, "bad"));
on("progress", progress);
on("document", (doc) => {
  Object.assign(state.run.documents.find((item) => item.doc === doc.doc) ?? {}, doc);
  for (const title of document.querySelectorAll(".doc-head")) if (title.dataset.doc === doc.doc) title.replaceChildren(...headOf(doc.doc));
});
on("notices", notices);
on("taken", replaceText);
on("undo", () => { one("undo").disabled = state.undo.length === 0; });
on("undone", (last, others) => {
  const all = last.steps.length;
  if (others === all) say(`not taken back: ${last.label}; a newer change stands`, "bad");
  else say(`taken back: ${last.label}${others ? `, but for ${others} of ${all} segments: newer changes stand` : ""}`);
  const at = state.numbers.indexOf(last.steps[0].number);
  if (at >= 0) go(at);
});
on("term-added", async (answer) => {
  for (const item of answer.segments) took(item);
  head(await get("/api/run"));
  const found = answer.lint.length ? `; lint: ${answer.lint.map((item) => item.message).join("; ")}` : "";
  say(`${answer.entry} added to ${answer.file}, applied to ${answer.segments.length} segment${answer.segments.length === 1 ? "" : "s"}${found}`);
});

try {
  const theme = localStorage.getItem("setu-theme");
  if (theme) { document.documentElement.dataset.theme = theme; one("theme").value = theme; }
} catch { /* a private window keeps nothing */ }
head(await get("/api/run"));
restoreUndo();
await filter({ focus: true });
rowOf(state.numbers[0])?.scrollIntoView({ block: "nearest" });
document.documentElement.dataset.ready = "yes";
