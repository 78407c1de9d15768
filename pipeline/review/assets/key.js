// Search keys in the browser: the folding of pipeline/text.py `key(case=False)`; for comparing only, never for display.
// NFC unifies nukta letters and split vowel signs; ৎ and ত + hasanta + joiner are one letter; joiners vanish.
"use strict";
function searchKey(text) {
  return text
    .replace(/\u09A4[\u200B\u200C\u2060]*\u09CD[\u200B\u200C\u2060]*\u200D/g, "\u09CE")
    .replace(/[\u00AD\u200B-\u200F\u2060\uFEFF]/g, "").normalize("NFC")
    .replace(/\u0985\u09BE/g, "\u0986").replace(/\u09F7/g, "\u0964")
    .replace(/[“”„‟«»″]/g, '"').replace(/[‘’‚‛′`´ʼ]/g, "'").replace(/[‐‑‒–—―−]/g, "-")
    .replace(/\s+/gu, " ").trim().toLowerCase();
}
