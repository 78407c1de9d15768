"""A run of two seeds and one hostile article, written by hand: what `setu run` would leave, without an engine.

Translations are a person's; spans are found by the words they stand on, so the seeds stay the only source.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

SEEDS = Path(__file__).parents[2] / "seeds"

PAIRS = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
HOSTILE = "hostile<b>"


def contested(segment, start, *, proposed="sco", evidence=()):
    """The এমইএ that stands at `start` of the document, with both readings."""
    return {
        "segment": segment, "start": start, "end": start + len("এমইএ"), "surface": "এমইএ", "suffix": "",
        "entry": "mea", "target": "SCO", "status": "contested",
        "evidence": [*evidence, {"kind": "letters", "start": start, "end": start + 4, "text": "এমইএ", "says": "mea",
                                 "strength": 1.0}],
        "readings": [
            {"entry": "sco", "for": list(range(len(evidence))), "strength": 1.0 + len(evidence)},
            {"entry": "mea", "for": [len(evidence)], "strength": 1.0},
        ],
        "proposed": proposed,
    }  # fmt: skip


def plain_term(segment, start, words, *, entry, target):
    surface, suffix = words
    return {
        "segment": segment, "start": start, "end": start + len(surface + suffix), "surface": surface, "suffix": suffix,
        "entry": entry, "target": target, "status": "ok", "evidence": [], "readings": [], "proposed": entry,
    }  # fmt: skip


# surface → (entry, target); matched longest first in the Bengali source
TERMS = {"বিদেশ মন্ত্রক": ("ministry-external-affairs", "Ministry of External Affairs"), "এসসিও": ("sco", "SCO"),
         "সাংহাই সহযোগিতা সংস্থা": ("sco", "Shanghai Cooperation Organisation"), "আস্তানা": ("astana", "Astana"),
         "নরেন্দ্র মোদি": ("narendra-modi", "Narendra Modi")}  # fmt: skip


def terms_of(ident, source, base):
    found = []
    for surface, (entry, target) in TERMS.items():
        at = source.find(surface)
        if at >= 0:
            suffix = next((s for s in (" -এর", "য়") if source.startswith(s, at + len(surface))), "")
            found.append(plain_term(ident, base + at, (surface, suffix), entry=entry, target=target))
    at = source.find("এমইএ")
    summit = source.find("শীর্ষ সম্মেলন")
    if at >= 0 and summit >= 0:
        cue = {"kind": "cue", "start": base + summit, "end": base + summit + 13, "text": "শীর্ষ সম্মেলন", "says": "sco",
               "strength": 1.0}  # fmt: skip
        expansion = source.find("সাংহাই সহযোগিতা সংস্থা (")
        more = [{"kind": "expansion", "start": base + expansion, "end": base + expansion + 22,
                 "text": "সাংহাই সহযোগিতা সংস্থা", "says": "sco", "strength": 3.0}] if expansion >= 0 else []  # fmt: skip
        found.append(contested(ident, base + at, evidence=[*more, cue]))
        at = source.find("এমইএ", at + 1)
    if at >= 0:
        found.append(plain_term(ident, base + at, ("এমইএ", ""), entry="mea", target="MEA"))
    return sorted(found, key=lambda term: term["start"])


def findings_of(source, target, base):
    found = []
    if "কাজাখস্তানের কাজাখস্তানের" in source:
        at, to = source.index("কাজাখস্তানের কাজাখস্তানের"), target.index("Kazakhstan's Kazakhstan's")
        found.append({"check": "repetition", "severity": "warning", "message": "A word stands twice in a row.",
                      "source_span": [base + at, base + at + 25], "target_span": [to, to + 25],
                      "evidence": {"word": "Kazakhstan's", "times": 2}})  # fmt: skip
    if "2015" in target:
        at, to = source.index("২০০৫"), target.index("2015")
        found.append({"check": "numbers", "severity": "error", "message": "২০০৫ (2005) has become 2015.",
                      "source_span": [base + at, base + at + 4], "target_span": [to, to + 4],
                      "evidence": {"source": ["2005"], "target": ["2015"]}})  # fmt: skip
    return found


def rows_of(doc, text, pairs):
    rows, at = [], 0
    for index, pair in enumerate(pairs):
        source, raw, target, reference = (pair[name] for name in ("source", "raw", "target", "reference"))
        start = text.index(source, at)
        at = start + len(source)
        ident = f"{doc}:{index:04}"
        changes = []
        if raw != target and "MEA summit" in raw:
            place = raw.index("MEA")
            changes = [{"rule": "acronym", "entry": "sco", "glossary": "", "start": place, "end": place + 3,
                        "before": "MEA", "after": "SCO", "why": "the reading with the stronger evidence"}]  # fmt: skip
        rows.append({
            "id": ident, "doc": doc, "index": index, "start": start, "end": at,
            "line": text.count("\n", 0, start) + 1, "kind": "heading" if index == 0 else "sentence",
            "source": source, "raw": raw, "target": target, "reference": reference, "tm": None,
            "terms": terms_of(ident, source, start), "changes": changes,
            "findings": findings_of(source, target, start), "scores": {"chrf": 61.25} if reference else {},
            "status": "draft",
        })  # fmt: skip
    return rows


def hostile_text():
    return "\n\n".join(pair["source"] for pair in PAIRS[HOSTILE]) + "\n"


def sample_run():
    """(rows, manifest, scores, texts of the documents)."""
    stems = ("02-kazakhstan-call", "04-belgium-defence")
    texts = {stem: (SEEDS / f"{stem}.txt").read_text(encoding="utf-8") for stem in stems}
    texts[HOSTILE] = hostile_text()
    rows = [row for doc, text in texts.items() for row in rows_of(doc, text, PAIRS[doc])]
    directions = {"04-belgium-defence": "en-bn"}
    manifest = {
        "run_id": "seeds-0123456789", "started": "2026-11-22T05:00:00+00:00", "finished": "2026-11-22T05:01:00+00:00",
        "setu_version": "0.1.0", "engine": {"name": "fake", "model": "by-hand", "sha256": "0" * 64},
        "glossary": {"files": [], "sha256": "f" * 64}, "options": {},
        "documents": [
            {"doc": doc, "path": str(SEEDS / f"{doc}.txt"), "sha256": hashlib.sha256(text.encode()).hexdigest(),
             "direction": directions.get(doc, "bn-en"), "segments": sum(row["doc"] == doc for row in rows),
             "status": "done"}
            for doc, text in texts.items()
        ],
        "signature": "setu:0.1.0|engine:fake|model:by-hand",
    }  # fmt: skip
    score = {"bleu": {"score": 34.56, "signature": "nrefs:1|tok:intl", "ci": [30.4, 38.8]},
             "chrf": {"score": 63.21, "signature": "nrefs:1|nc:6|nw:2", "ci": [59.8, 66.6]},
             "ter": {"score": 51.0, "signature": "nrefs:1", "ci": [46.0, 56.0]},
             "terms": {"success_rate": 100.0, "consistency": 100.0, "forbidden": 0, "n": 12},
             "baseline": None, "n": 7}  # fmt: skip
    scores = {"documents": {"02-kazakhstan-call": score, "04-belgium-defence": None}, "overall": {"bn-en": score}}
    return rows, manifest, scores, texts


def write_run(folder, rows=None, manifest=None, scores=None):
    """Write a run folder as `setu run` would leave it; returns the folder."""
    made = sample_run()
    rows = made[0] if rows is None else rows
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "aligned.jsonl").write_text(lines, encoding="utf-8")
    manifest = {
        **(manifest or made[1]),
        "run_id": folder.name,
        "glossary": {"files": write_glossary(folder.parent / "glossary"), "sha256": ""},
        "aligned_sha256": hashlib.sha256(lines.encode()).hexdigest(),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=2), encoding="utf-8")
    (folder / "scores.json").write_text(json.dumps(scores or made[2], ensure_ascii=False), encoding="utf-8")
    return folder


GLOSSARY = """\
# The desk's own words. This comment must outlive every edit.
- id: sco
  bn: {term: এসসিও, expansion: সাংহাই সহযোগিতা সংস্থা}
  en: {term: SCO, expansion: Shanghai Cooperation Organisation}
  type: acronym
  confusable_with: [mea]
  cues: {bn: [শীর্ষ সম্মেলন]}
- id: mea   # the ministry
  bn: {term: এমইএ, expansion: বিদেশ মন্ত্রক}
  en: {term: MEA, expansion: Ministry of External Affairs}
  type: acronym
  confusable_with: [sco]
- id: astana
  bn: {term: আস্তানা, variants: [আসতানা]}
  en: {term: Astana}
  type: place
- id: narendra-modi
  bn: {term: নরেন্দ্র মোদি}
  en: {term: Narendra Modi}
  type: person
"""


def write_glossary(folder):
    """A small glossary that tests may write to; its files in order."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "desk.yaml"
    file.write_text(GLOSSARY, encoding="utf-8")
    return [str(file)]
