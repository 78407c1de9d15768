// One segment on the page: its two texts, its chips, its notes, its editor.
import { get, segmentPath } from "./api.js";
import { button, differences, drawNote, el, marked } from "./bits.js";
import { sourceLanguage, state, targetLanguage } from "./state.js";

const open = new Map(); // place in the run → ids of open notes, and "more"

const opened = (number) => {
  if (!open.has(number)) open.set(number, new Set());
  return open.get(number);
};

export const rowOf = (number) => document.getElementById(`s${number}`);

function contestChip(note, segment) {
  return el("span", { class: `chip ${note.kind}`, role: "group", "aria-label": `${note.title} ${note.kind}` },
    el("button", { type: "button", class: "plain", "data-n": note.id, "aria-expanded": "false" }, el("span", { lang: sourceLanguage(segment) }, note.title)),
    note.readings.map((item, at) => button([el("kbd", {}, String(at + 1)), ` ${item.entry}`], "resolve", {
      class: `plain choice${note.data.proposed === item.entry ? " chosen" : ""}`, "data-term": note.term, "data-entry": item.entry,
      "data-scope": "occurrence", "aria-pressed": String(note.kind === "resolved" && note.data.proposed === item.entry),
    })));
}

function chips(segment) {
  const made = segment.status === "draft" ? [] : [el("span", { class: `chip ${segment.status}` }, segment.status)];
  if (segment.edited) made.push(el("span", { class: "chip" }, segment.by ? `translated anew for ${segment.by}` : "edited"));
  for (const note of segment.notes) {
    if (note.kind === "term" || note.told) continue;
    if (note.readings.length) made.push(contestChip(note, segment));
    else {
      made.push(el("button", { type: "button", class: `chip ${note.kind === "finding" ? note.severity : note.kind}`, "data-n": note.id, "aria-expanded": "false" },
        note.kind === "finding" ? [el("span", { class: "shade" }, `${note.severity}: `), note.title] : `${note.title}: unknown acronym`));
    }
  }
  return made;
}

function actions(segment) {
  const approved = segment.status === "approved";
  const rejected = segment.status === "rejected";
  return el("div", { class: "row-actions" },
    button("Edit", "edit"), button("Approve", "approve", { "aria-pressed": String(approved) }),
    button("Reject", "reject", { "aria-pressed": String(rejected) }),
    button("More", "more", { "aria-expanded": "false" }));
}

function changesOf(segment) {
  const lang = targetLanguage(segment);
  const part = (label, pieces) => (pieces.length ? el("p", { class: "text reference", lang }, el("b", { lang: "en" }, label), " ", differences(pieces)) : null);
  return [part("Machine → proposed", segment.diffs.proposed), part("Proposed → edited", segment.diffs.edited)];
}

function more(segment) {
  const lang = targetLanguage(segment);
  const box = el("div", { class: "more-box" },
    state.differences ? null : changesOf(segment),
    segment.reference ? el("p", { class: "text reference", lang }, el("b", { lang: "en" }, "Reference"), " ", segment.reference) : null,
    segment.changes.length ? el("ul", { class: "reference small" }, segment.changes.map((change) => el("li", {},
      `${change.rule}${change.entry ? ` (${change.entry})` : ""}: `, el("del", {}, change.before), " ", el("ins", {}, change.after), change.why ? `, ${change.why}` : null))) : null,
    el("p", { class: "field reference small" }, el("label", { for: `note-${segment.number}` }, "Note "),
      el("textarea", { id: `note-${segment.number}`, class: "note-text", rows: "1", maxlength: "2000" }, segment.note)),
    el("div", { class: "asked reference small" }));
  ask(segment, box.lastElementChild);
  return box;
}

async function ask(segment, place) {
  const [memory, history] = await Promise.all([
    get(segmentPath(segment.id, "/matches")).catch(() => ({ matches: [] })), get(segmentPath(segment.id, "/history")).catch(() => []),
  ]);
  const lang = targetLanguage(segment);
  for (const match of memory.matches) {
    place.append(el("p", {}, `memory, ${Math.floor(match.score * 100)} %, ${match.origin}${match.differs.length ? `, differs in ${match.differs.join(", ")}` : ""}: `,
      el("span", { lang }, match.target), " ", button("Use", "use", { "data-text": match.target })));
  }
  if (history.length) {
    place.append(el("details", {}, el("summary", {}, `History (${history.length})`), el("ol", { class: "history" }, history.map((item) => el("li", {},
      `${item.changed} ${item.status}: `, el("span", { lang }, item.target), " ", button("Restore", "use", { "data-text": item.target }))))));
  }
}

function fillBelow(segment, below) {
  const wanted = opened(segment.number);
  const notes = segment.notes.filter((note) => wanted.has(note.id));
  below.replaceChildren(
    el("div", { class: "line" }, el("div", { class: "chips" }, chips(segment)), actions(segment)),
    ...notes.map((note) => drawNote(note, segment)),
    ...(state.differences ? changesOf(segment).filter(Boolean) : []),
    ...(segment.note && !wanted.has("more") ? [el("p", { class: "reference small" }, el("b", {}, "Note "), segment.note)] : []),
    ...(wanted.has("more") ? [more(segment)] : []));
}

function reflect(row, segment) {
  const wanted = opened(segment.number);
  for (const item of row.querySelectorAll("[data-n]")) item.setAttribute("aria-expanded", String(wanted.has(item.dataset.n)));
  row.querySelector('[data-do="more"]').setAttribute("aria-expanded", String(wanted.has("more")));
  const current = row.tabIndex === 0;
  for (const item of row.querySelectorAll("a, button, summary")) item.tabIndex = current ? 0 : -1;
}

function prepared(segment) {
  segment.notes.forEach((note) => {
    if (note.kind !== "finding") note.term = Number(note.id.split("t").at(-1));
  });
  return segment;
}

export function drawRow(segment, position) {
  prepared(segment);
  const row = el("article", {
    class: `row ${segment.kind} ${segment.status}`, id: `s${segment.number}`, tabindex: position === state.at ? "0" : "-1", "data-number": segment.number,
    "data-position": position, "aria-label": `segment ${segment.index + 1} of ${segment.doc}, ${segment.status}, ${position + 1} of ${state.numbers.length} listed`,
  },
    el("p", { class: "index" }, String(segment.index + 1)),
    el("p", { class: "text source", lang: sourceLanguage(segment) }, marked(segment.runs.source, segment.notes)),
    el("div", { class: "target-cell" }, el("p", { class: "text target", lang: targetLanguage(segment), "data-do": "edit" }, marked(segment.runs.target, segment.notes))),
    el("div", { class: "below" }));
  fillBelow(segment, row.lastElementChild);
  reflect(row, segment);
  return row;
}

// After a change: everything anew but an open editor, which keeps its text and its caret.
export function redrawRow(segment) {
  const old = rowOf(segment.number);
  if (!old) return;
  prepared(segment);
  const position = Number(old.dataset.position);
  if (old.querySelector(".target-cell textarea")) {
    old.className = `row ${segment.kind} ${segment.status}`;
    old.querySelector(".source").replaceChildren(...marked(segment.runs.source, segment.notes));
    fillBelow(segment, old.querySelector(".below"));
    reflect(old, segment);
    return;
  }
  const held = old.contains(document.activeElement);
  const fresh = drawRow(segment, position);
  old.replaceWith(fresh);
  if (held) fresh.focus({ preventScroll: true });
}

export function toggleNote(segment, id, force) {
  const wanted = opened(segment.number);
  if (force ?? !wanted.has(id)) wanted.add(id);
  else wanted.delete(id);
  const row = rowOf(segment.number);
  fillBelow(segment, row.querySelector(".below"));
  reflect(row, segment);
}

export function toggleEverything(segment) {
  const wanted = opened(segment.number);
  const close = wanted.size > 0;
  wanted.clear();
  if (!close) for (const id of ["more", ...segment.notes.filter((note) => note.kind !== "term" && !note.told).map((note) => note.id)]) wanted.add(id);
  toggleNote(segment, "", false);
}

export const closeNotes = (segment) => {
  const had = opened(segment.number).size > 0;
  opened(segment.number).clear();
  if (had) toggleNote(segment, "", false);
  return had;
};

export function setCurrent(row, current) {
  row.tabIndex = current ? 0 : -1;
  for (const item of row.querySelectorAll("a, button, summary")) item.tabIndex = current ? 0 : -1;
}
