"""Denials kept and invented by the compact engine, judged by the human references, for several penalties.

usage: python tests/bench/denials.py CORPORA [--skip 400] [--penalties 0,5]

Not Setu's own negation check, whose word list the engine's guard shares: a sentence counts as denied when its
reference says so in plain words. Lines before `--skip` were used to choose weights, beam and penalty.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import regex

from pipeline.engines import load_engine
from pipeline.engines.compact import decoder
from pipeline.text import key
from pipeline.training.corpus import load_sources, read_held_out_pairs
from pipeline.training.evaluate import translate

DENIES = {
    "en": regex.compile(r"\b(?:not|no|never|cannot)\b|n't\b", regex.IGNORECASE),
    "bn": regex.compile(key(r"(?<![\p{L}\p{M}])(?:না|নি|নয়|নেই)(?![\p{L}\p{M}])|(?:ে|ন|য়)নি(?![\p{L}\p{M}])")),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--skip", type=int, default=400)
    parser.add_argument("--penalties", default="0,5")
    asked = parser.parse_args()
    sources, engine = load_sources(), load_engine("compact")
    pairs = [p for name in sources.held_out for p in read_held_out_pairs(asked.corpora, sources, name)[asked.skip :]]
    for penalty in map(float, asked.penalties.split(",")):
        decoder.DENIAL = penalty
        for direction, source, target in (("bn-en", 0, 1), ("en-bn", 1, 0)):
            outputs = translate(engine, direction, [pair[source] for pair in pairs])
            denies = DENIES[direction[3:]]
            wanted = [bool(denies.search(key(pair[target]))) for pair in pairs]
            found = [bool(denies.search(key(output))) for output in outputs]
            kept = sum(a and b for a, b in zip(wanted, found, strict=True))
            added = sum(b and not a for a, b in zip(wanted, found, strict=True))
            sys.stdout.write(
                f"penalty {penalty:g} {direction}: kept {kept} of {sum(wanted)}, "
                f"denied {added} of {len(wanted) - sum(wanted)} others\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
