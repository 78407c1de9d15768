// What every part of the page knows: the run, the segments seen so far, what can be undone.
export const state = {
  run: null, // GET /api/run
  numbers: [], // places in the run of the segments listed, in order
  attention: [], // positions in `numbers` that want attention
  starts: new Map(), // position in `numbers` → document that begins there
  cache: new Map(), // place in the run → segment
  undo: [], // [{ label, steps: [{ number, id, fields }] }], see undo.js
  at: -1, // position of the current row in `numbers`
  differences: false,
};

const listeners = new Map();
export const on = (name, act) => listeners.set(name, [...(listeners.get(name) ?? []), act]);
export const tell = (name, ...facts) => (listeners.get(name) ?? []).forEach((act) => act(...facts));

export const targetLanguage = (segment) => segment.direction.slice(-2);
export const sourceLanguage = (segment) => segment.direction.slice(0, 2);

// The fields that bring a segment back to where it is now.
export const snapshot = (segment) => ({
  target: segment.target, status: segment.status,
  readings: Object.fromEntries(segment.terms.flatMap((term, at) => (term.chosen ? [[String(at), term.chosen]] : []))),
});
