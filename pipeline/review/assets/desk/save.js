// Saving: one request a segment at a time, retried until the server has it, never over somebody else's work.
import { ApiError, get, segmentPath, send } from "./api.js";
import { askConflict } from "./dialogs.js";
import { redrawRow } from "./row.js";
import { snapshot, state, tell } from "./state.js";
import { forget, keepUndo, leftAt, pushUndo, startFrom, wrote } from "./undo.js";

const waiting = new Map(); // place in the run → fields not yet acknowledged
const working = new Map(); // place in the run → the end of its requests so far
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
export function change(number, fields, { undo = "" } = {}) {
  const segment = state.cache.get(number);
  if (!working.has(number)) startFrom(segment);
  if (undo) pushUndo(undo, [{ number, id: segment.id, fields: before(segment, fields) }]);
  waiting.set(number, { ...waiting.get(number), ...fields });
  tell("saving");
  return turn(number, () => work(number, segment.id));
}

// Requests about one segment go one after the other, each from the version that the one before it left.
function turn(number, act) {
  const job = (working.get(number) ?? Promise.resolve()).then(act);
  const done = job.catch(() => {}).then(() => {
    if (working.get(number) === done) working.delete(number);
    if (!unsaved()) tell("idle");
  });
  working.set(number, done);
  return done.then(() => job);
}

const before = (segment, fields) => {
  const whole = { ...snapshot(segment), note: segment.note };
  return Object.fromEntries(Object.keys(fields).map((name) => [name, whole[name]]));
};

async function work(number, id) {
  while (waiting.has(number)) {
    const fields = waiting.get(number);
    waiting.delete(number);
    try {
      const known = state.cache.get(number) ?? (await get(segmentPath(id)));
      state.cache.set(number, known);
      const answer = await send("PATCH", segmentPath(id), { ...fields, version: known.version });
      wrote(answer);
      keepUndo();
      took(answer);
      tell("saved");
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) {
        await settle(number, id, fields, error.body.current).catch((again) => hold(number, fields, again));
      } else if (error instanceof ApiError && error.status < 500) tell("refused", error);
      else await hold(number, fields, error);
    }
  }
}

async function hold(number, fields, error) {
  waiting.set(number, { ...fields, ...waiting.get(number) });
  tell("trouble", error);
  await new Promise((done) => setTimeout(done, 1500));
}

// A newer version stands. Both texts end up in the segment's history; the editor says which one stands.
async function settle(number, id, fields, theirs) {
  state.cache.set(number, theirs);
  startFrom(theirs);
  tell("theirs", theirs);
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
  wrote(mine);
  took(mine);
  if (!keep) {
    waiting.delete(number);
    const restored = await send("PATCH", segmentPath(id), { target: theirs.target, status: theirs.status, version: mine.version });
    forget(id);
    wrote(restored);
    took(restored);
    tell("taken", number);
  }
  tell("saved");
}

let undoing = Promise.resolve();
export const undo = () => {
  undoing = undoing.then(takeBack);
  return undoing;
};

// The list is kept anew only at the end: a page that goes away in between finds the whole act, and does what is left of it.
async function takeBack() {
  const last = state.undo.pop();
  if (!last) return;
  tell("saving");
  let others = 0;
  for (const [at, step] of last.steps.entries()) {
    try {
      if (!(await turn(step.number, () => stepBack(step)))) others += 1;
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) {
        tell("refused", error);
        continue;
      }
      pushUndo(last.label, last.steps.slice(at));
      tell("refused", new Error("not taken back: the desk does not answer; try again"));
      return;
    }
  }
  keepUndo();
  tell("undone", last, others);
}

// Whether a step was taken back; it is not where somebody else has changed the segment since.
async function stepBack({ id, fields }) {
  try {
    const answer = await send("PATCH", segmentPath(id), { ...fields, version: leftAt(id) });
    wrote(answer);
    took(answer);
    return true;
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
    startFrom(error.body.current);
    took(error.body.current, { spread: false });
    return false;
  }
}

tabs?.addEventListener("message", async ({ data }) => {
  const known = state.cache.get(data.number);
  if (data.run !== state.run.run_id || !known || known.version >= data.version || working.has(data.number)) return;
  if (document.querySelector(`#s${data.number} .target-cell textarea`)) return; // the editor will be asked when it saves
  took(await get(segmentPath(data.id)), { spread: false });
});
