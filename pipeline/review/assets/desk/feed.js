// The list: ten thousand segments as chunks, of which only those near the window hold rows.
import { get } from "./api.js";
import { el } from "./bits.js";
import { drawRow, rowOf, setCurrent } from "./row.js";
import { state, tell } from "./state.js";

const SIZE = 40;
const GUESS = 132; // pixels of a row nobody has seen
const root = document.getElementById("feed");
let chunks = [];
let round = 0;

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const chunk = chunks[Number(entry.target.dataset.chunk)];
    if (chunk?.node !== entry.target) continue;
    if (entry.isIntersecting) fill(chunk);
    else drain(chunk);
  }
}, { rootMargin: "1200px 0px" });

export function show(found) {
  round += 1;
  watcher.disconnect();
  state.numbers = found.numbers;
  state.attention = found.attention;
  state.starts = new Map(found.starts);
  state.at = -1;
  chunks = [];
  for (let from = 0; from < state.numbers.length; from += SIZE) {
    const count = Math.min(SIZE, state.numbers.length - from);
    const node = el("div", { class: "chunk", "data-chunk": chunks.length });
    node.style.minBlockSize = `${count * GUESS}px`;
    chunks.push({ node, from, count, full: false, filling: null, round });
  }
  root.replaceChildren(...chunks.map((chunk) => chunk.node));
  root.setAttribute("aria-busy", "false");
  for (const chunk of chunks) watcher.observe(chunk.node);
  tell("shown");
}

function fill(chunk) {
  if (chunk.full) return Promise.resolve();
  chunk.filling ??= (async () => {
    const numbers = state.numbers.slice(chunk.from, chunk.from + chunk.count);
    const { segments } = await get("/api/segments", { at: numbers.join(",") });
    chunk.filling = null;
    if (chunk.round !== round) return;
    const rows = [];
    segments.forEach((segment, index) => {
      state.cache.set(segment.number, segment);
      const position = chunk.from + index;
      if (state.starts.has(position)) rows.push(el("h3", { class: "doc-head", "data-doc": segment.doc }, headOf(segment.doc)));
      rows.push(drawRow(segment, position));
    });
    chunk.node.replaceChildren(...rows);
    chunk.node.style.minBlockSize = "";
    chunk.full = true;
    tell("filled");
  })().catch((error) => {
    chunk.filling = null;
    tell("trouble", error);
  });
  return chunk.filling;
}

function drain(chunk) {
  if (!chunk.full || chunk.node.contains(document.activeElement) || chunk.node.querySelector("textarea")) return;
  chunk.node.style.minBlockSize = `${chunk.node.offsetHeight}px`;
  for (const number of state.numbers.slice(chunk.from, chunk.from + chunk.count)) state.cache.delete(number);
  chunk.node.replaceChildren();
  chunk.full = false;
}

// The title of an article with its progress.
export function headOf(doc) {
  const now = state.run.documents.find((item) => item.doc === doc);
  const [from, to] = now.direction.split("-").map((code) => ({ bn: "Bengali", en: "English" })[code]);
  return [doc, el("span", { class: "small muted" }, ` ${from} → ${to}, ${now.approved} of ${now.segments} approved`)];
}

export async function go(position, { focus = true } = {}) {
  if (position < 0 || position >= state.numbers.length) return null;
  const chunk = chunks[Math.floor(position / SIZE)];
  await fill(chunk);
  const row = rowOf(state.numbers[position]);
  if (!row) return null;
  mark(position);
  if (focus) {
    row.focus({ preventScroll: true });
    const box = row.getBoundingClientRect();
    const top = document.querySelector(".head").getBoundingClientRect().bottom;
    if (box.top < Math.max(top, 0) + 8 || box.bottom > innerHeight - 24) row.scrollIntoView({ block: box.height > innerHeight / 2 ? "start" : "center" });
  }
  return row;
}

export function mark(position) {
  const before = state.at >= 0 ? rowOf(state.numbers[state.at]) : null;
  if (before) setCurrent(before, false);
  state.at = position;
  const row = rowOf(state.numbers[position]);
  if (row) setCurrent(row, true);
}

export const current = () => (state.at >= 0 ? state.cache.get(state.numbers[state.at]) : undefined);
