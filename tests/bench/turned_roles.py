"""How often the compact engine exchanges who did it and whom it was done to, as the check `roles` sees it.

usage: python tests/bench/turned_roles.py CORPORA [--sentences 1500] [--model FOLDER]

Sentences of the monolingual news, drawn at random, that hold one of the check's verbs (and কে in Bengali), at most 220
characters long. The check speaks only where names tell who is who, and is right nearly always when it speaks: the
figure is a lower bound, good for comparing models.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

from check_precision import matches_of

from pipeline.checks import Pair, check_segment
from pipeline.engines import load_engine
from pipeline.languages.roles import ROLE_VERBS
from pipeline.termbase import default_paths, load
from pipeline.text import key
from pipeline.training.corpus import load_sources, read_lines
from pipeline.training.evaluate import translate

LONGEST = 220


def drawn(corpora: Path, language: str, number: int) -> list[str]:
    """Sentences with such a verb, always the same ones."""
    phrases = [key(phrase) for row in ROLE_VERBS for phrase in row[language == "en"]]
    found = []
    for line in read_lines(corpora, load_sources(), f"mono-{language}"):
        text = key(line)
        if len(line) <= LONGEST and (language == "en" or "কে " in line) and any(phrase in text for phrase in phrases):
            found.append(line)
    return random.Random(1).sample(found, min(number, len(found)))  # noqa: S311 (a sample, nothing secret)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--sentences", type=int, default=1500)
    parser.add_argument("--model", help="a model folder; the shipped one without")
    asked = parser.parse_args()
    engine = load_engine("compact", **({"model": asked.model} if asked.model else {}))
    base = load(default_paths())
    for direction in ("bn-en", "en-bn"):
        sources = drawn(asked.corpora, direction[:2], asked.sentences)
        turned = 0
        for source, target in zip(sources, translate(engine, direction, sources), strict=True):
            pair = Pair(source, target, direction, matches=matches_of(source, direction, base))
            turned += any(finding.check == "roles" for finding in check_segment(pair, termbase=base))
        sys.stdout.write(f"{direction}: doer and receiver exchanged in {turned} of {len(sources)} sentences\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
