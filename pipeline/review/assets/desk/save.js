// Saving: one request a segment at a time, retried until the server has it, never over somebody else's work.
import { ApiError, get, segmentPath, send } from "./api.js";
import { askConflict } from "./dialogs.js";
import { redrawRow } from "./row.js";
import { pushUndo, snapshot, state, tell } from "./state.js";

const waiting = new Map(); // place in the run → fields not yet acknowledged
const working = new Set();
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("setu-desk") : null;

export const unsaved = () => waiting.size > 0 || working.size > 0;

export function took(segment, { spread = true } = {}) {
  state.cache.set(segment.number, segment);
  if (segment.progress) {
    state.run.progress = segment.progress;
    tell("progress");
    tell("document", segment.document);
  }
  if (segment.notices) tell("notices", segment.notices);
  redrawRow(segment);
  for (const other of segment.others ?? []) {
    if (state.cache.has(other.number)) took(other, { spread: false });
  }
  if (spread) tabs?.postMessage({ run: state.run.run_id, id: segment.id, number: segment.number, version: segment.version });
}

// Change a segment; resolves when the server has it. `undo` is the label under which it can be taken back.
export function change(number, fields, { undo = "", before = null } = {}) {
  const segment = state.cache.get(number);
  if (undo) pushUndo(undo, [{ number, id: segment.id, fields: before ?? back(segment, fields) }]);
  waiting.set(number, { ...waiting.get(number), ...fields });
  tell("saving");
  return work(number, segment.id);
}

const back = (segment, fields) => {
  const whole = { ...snapshot(segment), note: segment.note };
  return Object.fromEntries(Object.keys(fields).map((name) => [name, whole[name]]));
};

async function work(number, id) {
  if (working.has(number)) return;
  working.add(number);
  while (waiting.has(number)) {
    const fields = waiting.get(number);
    waiting.delete(number);
    try {
      const known = state.cache.get(number) ?? (await get(segmentPath(id)));
      state.cache.set(number, known);
      took(await send("PATCH", segmentPath(id), { ...fields, version: known.version }));
      tell("saved");
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) await settle(number, id, fields, error.body.current);
      else if (error instanceof ApiError && error.status < 500) {
        tell("refused", error);
      } else {
        waiting.set(number, { ...fields, ...waiting.get(number) });
        tell("trouble", error);
        await new Promise((done) => setTimeout(done, 1500));
      }
    }
  }
  working.delete(number);
  if (!unsaved()) tell("idle");
}

// A newer version stands. Both texts end up in the segment's history; the editor says which one stands.
async function settle(number, id, fields, theirs) {
  state.cache.set(number, theirs);
  if (fields.target === undefined || fields.target === theirs.target) {
    if (fields.status !== undefined && fields.target === undefined) {
      redrawRow(theirs);
      tell("refused", new Error("Another window changed this segment: read it again, then decide."));
      return;
    }
    waiting.set(number, { ...fields, ...waiting.get(number) });
    return;
  }
  const keep = await askConflict(fields.target, theirs);
  const mine = await send("PATCH", segmentPath(id), { ...fields, version: theirs.version });
  took(mine);
  if (!keep) {
    waiting.delete(number);
    took(await send("PATCH", segmentPath(id), { target: theirs.target, status: theirs.status, version: mine.version }));
    tell("taken", number);
  }
  tell("saved");
}

export async function undo() {
  const last = state.undo.pop();
  tell("undo");
  if (!last) return;
  for (const { number, id, fields } of last.steps) {
    if (!state.cache.has(number)) state.cache.set(number, await get(segmentPath(id)));
    await change(number, fields);
  }
  tell("undone", last);
}

tabs?.addEventListener("message", async ({ data }) => {
  const known = state.cache.get(data.number);
  if (data.run !== state.run.run_id || !known || known.version >= data.version || working.has(data.number)) return;
  if (document.querySelector(`#s${data.number} .target-cell textarea`)) return; // the editor will be asked when it saves
  took(await get(segmentPath(data.id)), { spread: false });
});

window.addEventListener("beforeunload", (event) => {
  if (unsaved()) event.preventDefault();
});
