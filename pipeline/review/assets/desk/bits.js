// Small pieces of the page. Text from articles only ever enters as text nodes.
import { sourceLanguage, targetLanguage } from "./state.js";

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const button = (label, command, more = {}) => el("button", { type: "button", "data-do": command, ...more }, ...[label].flat());

const tip = (note) => {
  if (note.kind === "finding") return `${note.severity}: ${note.title}`;
  if (note.kind === "contested") return `contested: ${note.readings.map((reading) => reading.entry).join(" or ")}`;
  if (note.kind === "unknown") return "unknown acronym";
  return `${note.data.proposed || note.data.entry} → ${note.data.target}`;
};

export function marked(runs, notes) {
  const byId = new Map(notes.map((note) => [note.id, note]));
  return runs.map(([text, term, finding, classes]) => {
    const first = byId.get(term || finding);
    if (!first) return text;
    return el("a", {
      class: `mark ${classes}`, href: `#${first.id}`, "data-n": first.id, "data-f": term && finding ? finding : null,
      "aria-expanded": "false", title: tip(first), tabindex: "-1",
    }, text);
  });
}

export const differences = (pieces) => pieces.map(([op, text]) => (op === "same" ? text : el(op, {}, text)));

const proof = (item, lang) => el("li", {},
  `${item.kind}: `, el("span", { lang }, `“${item.text}”`), item.says ? [" speaks for ", el("b", {}, item.says)] : null,
  item.number ? [" (", button(`segment ${item.number}`, "goto", { class: "place", "data-place": item.where.slice(1) }), ")"] : null);

function reading(note, item, at, lang) {
  const chosen = note.data.proposed === item.entry;
  const best = Math.max(...note.readings.map((other) => other.strength), Number.MIN_VALUE);
  return el("div", { role: "group", class: `reading${chosen ? " proposed" : ""}`, "aria-label": `reading ${item.entry}` },
    el("h4", {}, item.entry, chosen ? el("span", { class: "small muted" }, note.kind === "resolved" ? " (chosen)" : " (proposed)") : null),
    el("p", { class: "small muted" }, `strength ${item.strength.toFixed(2)} `,
      el("meter", { min: 0, max: best, value: item.strength, "aria-label": `strength of ${item.entry}` })),
    item.proofs.length ? el("ul", { class: "small" }, item.proofs.map((one) => proof(one, lang)))
      : el("p", { class: "small muted" }, "Nothing in the document speaks for it."),
    el("p", { class: "actions" },
      button(["This one ", el("kbd", {}, String(at + 1))], "resolve", { "data-term": note.term, "data-entry": item.entry, "data-scope": "occurrence" }), " ",
      button(["Whole document ", el("kbd", {}, `⇧${at + 1}`)], "resolve", { "data-term": note.term, "data-entry": item.entry, "data-scope": "document" })));
}

export function drawNote(note, segment) {
  const lang = sourceLanguage(segment);
  const body = [];
  if (note.kind === "finding") {
    body.push(el("h3", {}, note.title), el("p", { class: "small muted" }, `${note.severity}, check “${note.data.check}”`));
    if (note.data.evidence?.proposed?.id) body.push(el("p", { class: "actions" }, button("Add to glossary…", "propose", { "data-note": note.id })));
    if (note.facts.length) body.push(el("dl", { class: "facts small" }, note.facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])));
  } else if (note.readings.length) {
    const open = note.kind === "contested";
    body.push(el("h3", {}, el("span", { lang }, note.title), open ? `: ${note.readings.map((item) => item.entry).join(" or ")}?` : `: read as ${note.data.proposed}`));
    for (const line of note.says) body.push(el("p", { class: "small" }, line));
    body.push(el("div", { class: "readings" }, note.readings.map((item, at) => reading(note, item, at, lang))));
  } else {
    body.push(el("h3", {}, el("span", { lang }, note.title), note.data.target ? [" → ", el("span", { lang: targetLanguage(segment) }, note.data.target)] : null));
    body.push(el("p", { class: "small muted" }, note.kind === "unknown" ? "unknown acronym" : `glossary entry ${note.data.entry}`,
      !note.placed && note.data.target ? "; the required rendering was not found in the translation" : null));
    if (note.evidence.length) body.push(el("ul", { class: "small" }, note.evidence.map((one) => proof(one, lang))));
  }
  return el("div", { role: "group", class: `note open ${note.kind} ${note.severity}`, id: note.id, "aria-label": `${note.kind}: ${note.title}` }, body);
}
