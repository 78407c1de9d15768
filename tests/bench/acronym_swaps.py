"""How often a wrong acronym is found, and how often a right one is accused.

    python tests/bench/acronym_swaps.py FILE... [--glossary FILE] [--limit N] [--lines N] [--seed N]

Every acronym of the glossary that a text uses is taken for right: a contested one is a false alarm. Then each
is exchanged, one at a time, for a declared confusable and for a random other acronym, its ending kept, and the
verdict on the exchanged one is counted: found when it is contested and the exchanged entry is proposed. Results
are told apart by what the sentence offers: the expansion in brackets beside it, a cue beside it, or nothing, in
which case nobody could know.

A file is an article (.txt), or single sentences, one a line (.txt.xz, and .tsv.xz with tag, Bengali, English);
`--lines 12` takes twelve lines that follow each other for an article.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pipeline.acronyms import judge
from pipeline.files import read_document
from pipeline.records import Document, TermMatch
from pipeline.segment import segment
from pipeline.termbase import TermBase, load
from pipeline.terms import find_terms
from pipeline.text import detect_language

ROOT = Path(__file__).parents[2]


def documents(path: Path, limit: int, lines: int) -> Iterator[Document]:
    if path.suffix != ".xz":
        yield read_document(path)
        return
    with lzma.open(path, "rt", encoding="utf-8") as stream:
        rows = [line.rstrip("\n").split("\t") for line, _ in zip(stream, range(limit), strict=False)]
    for first in range(0, len(rows), lines):
        chunk = rows[first : first + lines]
        for side in range(1, 3) if len(chunk[0]) > 2 else range(1):
            text = "\n".join(row[side] for row in chunk)
            if any(char.isalpha() for char in text):
                yield Document(f"{path.stem}:{first}", str(path), text, "", detect_language(text))


def verdicts(document: Document, base: TermBase) -> list[TermMatch]:
    segments = segment(document)
    matches = find_terms(document, segments, base, "bn-en" if document.language == "bn" else "en-bn")
    return [match for match in judge(document, segments, matches, base)[0] if match.evidence]


def kind_of(match: TermMatch) -> str:
    kinds = {item.kind for item in match.evidence if item.says == match.entry}
    beside = any(item.kind == "cue" and item.strength >= 2 for item in match.evidence if item.says == match.entry)
    return "expansion" if "expansion" in kinds else "cue" if beside else "document" if "document" in kinds else "none"


def exchanged(document: Document, match: TermMatch, surface: str) -> Document:
    text = document.text[: match.start] + surface + match.suffix + document.text[match.end :]
    return Document(document.doc, document.path, text, "", document.language)


def swaps(match: TermMatch, base: TermBase, rng: random.Random) -> Iterator[tuple[str, str]]:
    entry = base.entries[match.entry]
    others = [e for e in base.entries.values() if e.type == "acronym" and e.id != entry.id]
    declared = [e for e in others if e.id in entry.confusable_with or entry.id in e.confusable_with]
    for label, pool in (("declared", declared), ("random", others)):
        if pool:
            yield label, rng.choice(pool).id


def measure(options: argparse.Namespace, base: TermBase) -> dict[str, object]:
    rng = random.Random(options.seed)  # noqa: S311 (an experiment, no secret)
    counts: Counter[str] = Counter()
    alarms: list[str] = []
    for document in (document for path in options.files for document in documents(path, options.limit, options.lines)):
        for match in verdicts(document, base):
            counts["right"] += 1
            if match.status != "ok":
                counts["accused"] += 1
                alarms.append(
                    f"{match.surface} → {match.proposed}: {document.text[max(0, match.start - 60) : match.end + 60]}"
                )
                continue
            kind = kind_of(match)
            counts[f"right {kind}"] += 1
            for label, other in swaps(match, base, rng):
                surface = base.entries[other].side(document.language).term
                again = verdicts(exchanged(document, match, surface), base)
                seen = [m for m in again if m.start == match.start and m.entry == other]
                counts[f"{label} {kind} swapped"] += 1
                counts[f"{label} {kind} found"] += any(m.proposed == match.entry for m in seen)
                counts[f"{label} {kind} other"] += any(m.proposed not in (match.entry, other) for m in seen)
                counts["bystanders"] += sum(m.start != match.start and m.status != "ok" for m in again)
    return {**dict(sorted(counts.items())), "alarms": alarms}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--glossary", nargs="*", type=Path, default=[ROOT / "glossary"])
    parser.add_argument("--limit", type=int, default=20_000)
    parser.add_argument("--lines", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    result = measure(options, load(options.glossary))
    print(json.dumps(result, ensure_ascii=False, indent=1))  # noqa: T201 (the script's output)


if __name__ == "__main__":
    main()
