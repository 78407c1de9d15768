// What can be taken back. It is kept for this tab of the browser, so that a reload of the page does not lose it.
//
// The server's journal keeps every text, but it cannot say what one step back is: one edit is many saves, one for each
// pause in typing, and nothing in it tells this window's saves from another's. Only the page knows both.
//
// A step is taken back only from the version in which this window left the segment. Once anything else has changed a
// segment, its steps are gone: taking them back would overwrite that work unasked. Its history still has every text.
import { state, tell } from "./state.js";

const KEPT = 200; // acts that outlive a reload
const left = new Map(); // id of a segment → the version in which this window left it

// One store of edits, one list: the run's name is not enough, for its edits can be put aside and begun anew.
const place = () => `setu-undo ${state.run.run_id} ${document.querySelector('meta[name="setu-token"]').content.slice(0, 8)}`;

export function restoreUndo() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(place())) ?? { undo: [], left: [] };
    state.undo = kept.undo;
    for (const [id, version] of kept.left) left.set(id, version);
  } catch { /* a browser that keeps nothing, or something else under our name: the list begins empty, as ever */ }
  tell("undo");
}

export function keepUndo() {
  tell("undo");
  for (let count = KEPT; count >= 1; count = Math.floor(count / 2)) {
    try {
      sessionStorage.removeItem(place());
      sessionStorage.setItem(place(), JSON.stringify({ undo: state.undo.slice(-count), left: [...left] }));
      return;
    } catch { /* full, or switched off: fewer, or none */ }
  }
}

export function pushUndo(label, steps) {
  if (!steps.length) return;
  state.undo.push({ label, steps });
  keepUndo();
}

export function forget(id) {
  left.delete(id);
  state.undo = state.undo.map(({ label, steps }) => ({ label, steps: steps.filter((step) => step.id !== id) })).filter(({ steps }) => steps.length);
  keepUndo();
}

// This window is about to change a segment that stands in this version.
export function startFrom({ id, version }) {
  if (left.has(id) && left.get(id) !== version) forget(id);
  left.set(id, version);
}

// This window has changed it, and this version stands now.
export const wrote = ({ id, version }) => left.set(id, version);

export const leftAt = (id) => left.get(id);
