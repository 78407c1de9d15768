// The editor of one translation: a text field in the row's place, saved while it is typed in.
import { el } from "./bits.js";
import { redrawRow, rowOf } from "./row.js";
import { change, unsaved } from "./save.js";
import { on, snapshot, state, targetLanguage } from "./state.js";
import { pushUndo } from "./undo.js";

const PAUSE = 450; // milliseconds without a key before the text is sent
let session = null; // { number, before, field, timer, sent }

const oneLine = (text) => text.replace(/[\r\n\t\u2028\u2029]+/g, " ").replace(/\p{Cc}/gu, "");

function fit(field) {
  field.style.blockSize = "auto";
  field.style.blockSize = `${field.scrollHeight + 4}px`;
}

export const editing = () => session?.number ?? -1;

export function startEdit(number, selectAll = false) {
  if (session?.number === number) {
    session.field.focus();
    return;
  }
  endEdit();
  const segment = state.cache.get(number);
  const cell = rowOf(number).querySelector(".target-cell");
  const field = el("textarea", {
    class: "text target", lang: targetLanguage(segment), "aria-label": `Translation of segment ${segment.index + 1}`, maxlength: "20000", spellcheck: "true", rows: "1",
  });
  field.value = segment.target;
  session = { number, id: segment.id, before: snapshot(segment), field, timer: 0, sent: segment.target };
  field.addEventListener("input", () => {
    fit(field);
    clearTimeout(session.timer);
    session.timer = setTimeout(flush, PAUSE);
  });
  field.addEventListener("blur", () => setTimeout(() => {
    if (session?.field === field && document.activeElement !== field && document.hasFocus()) endEdit({ focus: false });
  }, 120));
  cell.replaceChildren(field);
  fit(field);
  field.focus({ preventScroll: true });
  if (selectAll) field.select();
  else field.setSelectionRange(field.value.length, field.value.length);
}

export function flush() {
  if (!session) return Promise.resolve();
  clearTimeout(session.timer);
  const text = oneLine(session.field.value);
  if (text === session.sent) return Promise.resolve();
  session.sent = text;
  const approved = state.cache.get(session.number).status === "approved";
  return change(session.number, approved ? { target: text, status: "draft" } : { target: text });
}

export function endEdit({ focus = true } = {}) {
  if (!session) return;
  flush();
  const { number, id, before, sent } = session;
  session = null;
  if (sent !== before.target) pushUndo("edit", [{ number, id, fields: before }]);
  const row = rowOf(number);
  if (!row) return;
  const segment = { ...state.cache.get(number) };
  row.querySelector(".target-cell").replaceChildren();
  redrawRow(segment.target === sent ? segment : { ...segment, target: sent, runs: { ...segment.runs, target: [[sent, "", "", ""]] } });
  if (focus) rowOf(number).focus({ preventScroll: true });
}

// The other window's text was chosen: it replaces what the field holds.
export function replaceText(number) {
  if (session?.number !== number) return;
  session.field.value = state.cache.get(number).target;
  session.sent = session.field.value;
  fit(session.field);
}

// Another window was first: from here on, what is taken back is this editor's work alone.
on("theirs", (theirs) => {
  if (session?.number === theirs.number) session.before = snapshot(theirs);
});

// A page that goes away sends the last words, and what was typed is one step back for the page that comes after it.
window.addEventListener("beforeunload", (event) => {
  flush();
  if (unsaved()) event.preventDefault();
});
window.addEventListener("pagehide", () => endEdit({ focus: false }));

// What the row would hold if it were saved now: the editor's text, or the segment's.
export const textOf = (number) => (session?.number === number ? oneLine(session.field.value) : state.cache.get(number).target);
