"""Speed of term matching: ten thousand entries over real sentences, on one core.

Run with `pytest tests/bench/test_bench_terms.py -o addopts=`; the bar is 50,000 sentences a minute, and the figure
stands in the extra info of `--benchmark-json FILE`.
"""

import itertools
import random
from pathlib import Path

import pytest

from pipeline.files import read_document
from pipeline.records import TermEntry, TermSide
from pipeline.segment import segment
from pipeline.termbase import TermBase, load, termbase_of

ROOT = Path(__file__).parents[2]
BAR = 50_000 / 60  # sentences a second
ENTRIES = 10_000
SYLLABLES = "কা রি মো তা ন শি বা ল সু দে র ভি পা গ হা জো মি ক্র স্তা ন্দ ং"


@pytest.fixture(scope="module")
def base() -> TermBase:
    """The real glossary, filled up with made-up names of Bengali syllables."""
    rng = random.Random(7)  # noqa: S311 (a benchmark, no secret)
    entries = dict(load(sorted((ROOT / "glossary").glob("*.yaml"))).entries)
    for number in itertools.count():
        if len(entries) >= ENTRIES:
            break
        word = "".join(rng.choices(SYLLABLES.split(), k=rng.randint(2, 5)))
        latin = "".join(rng.choices("bcdfglmnprst", k=4)).capitalize() + rng.choice(["stan", "ova", "pur", "ia"])
        side = TermSide(word, None, (f"{word} নগর",))
        entries[f"made-{number}"] = TermEntry(f"made-{number}", side, TermSide(f"{latin} {number}"), type="place")
    return termbase_of(entries.values())


@pytest.fixture(scope="module")
def sentences() -> dict[str, list[str]]:
    """Sentences of the seeds, by language."""
    found: dict[str, list[str]] = {"bn": [], "en": []}
    for path in sorted((ROOT / "seeds").glob("0*.txt")):
        document = read_document(path)
        found[document.language] += [item.text for item in segment(document) if item.kind in {"sentence", "quote"}]
    return found


@pytest.mark.parametrize("language", ["bn", "en"])
def test_sentences_a_minute(benchmark, base, sentences, language) -> None:
    texts = sentences[language] * (1 if language == "bn" else 5)
    direction = "bn-en" if language == "bn" else "en-bn"
    base.find("warm", language, direction=direction)  # the index is built once a run

    def find_all() -> int:
        return sum(len(base.find(text, language, direction=direction)) for text in texts)

    assert benchmark.pedantic(find_all, rounds=5, iterations=4) > len(texts)
    rate = len(texts) / benchmark.stats.stats.min
    benchmark.extra_info["sentences a minute"] = round(rate * 60)
    assert rate > BAR
