"""Back-translation: real lines with a synthetic other side, as text, or word by word for the guide.

Word by word, the engine's own derivation says which synthetic word each real word became: no alignment is guessed.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.engines.compact import CompactEngine
from pipeline.engines.compact.decoder import SearchSettings
from pipeline.engines.compact.smt import Draft
from pipeline.engines.compact.text import Token, tokenize
from pipeline.errors import InputError
from pipeline.records import Direction, Request
from pipeline.training.evaluate import translate

__all__ = ["TAUGHT", "WordPair", "read_word_pairs", "text_rows", "word_pairs"]

Say = Callable[[str], None]
TAUGHT: Mapping[Direction, Direction] = {"en-bn": "bn-en", "bn-en": "en-bn"}
"""The direction that the pairs of a translation teach: its source is real, and a real target is what teaches."""
SEARCH = SearchSettings(beam=40, margin=4.5)
"""Narrower than for an article: there are many lines, and what is bad in a synthetic source nobody reads."""
TOGETHER = 1024
"""Lines that are translated before any is written: a killed run loses no more."""
LONGEST = 50
"""Tokens of a line; longer ones take long and are mostly several sentences."""
EXPECTED = "a line of `setu train backtranslate --words`"


@dataclass(frozen=True, slots=True)
class WordPair:
    """A real sentence, its synthetic source, and which places of the source each target token belongs to."""

    direction: Direction
    """That it teaches."""
    target: Sequence[str]
    """Literal tokens, as those of the prepared files."""
    source: Sequence[str]
    belongs: Sequence[Sequence[int]]
    score: float
    """The model's, a token of the target."""


def text_rows(engine: CompactEngine, direction: Direction, lines: Iterable[str], say: Say) -> Iterator[str]:
    """Lines and their translations as rows of TSV that `setu train data --extra` reads."""
    for part in _parts(lines, say):
        for text, other in zip(part, translate(engine, direction, part), strict=True):
            bn, en = (text, other) if direction == "bn-en" else (other, text)
            yield f"back-translated\t{bn}\t{en}"


def word_pairs(engine: CompactEngine, direction: Direction, lines: Iterable[str], say: Say) -> Iterator[WordPair]:
    """Lines as targets with their translations as sources; those that are too long or give nothing are counted."""
    left_out = 0
    for part in _parts(lines, say):
        requests = [Request(text, direction) for text in part if len(tokenize(text)) <= LONGEST]
        left_out += len(part) - len(requests)
        for tokens, draft in engine.drafts(requests, SEARCH):
            if draft is None or not draft.words:
                left_out += 1
            else:
                yield _word_pair(TAUGHT[direction], tokens, draft)
    if left_out:
        say(f"{left_out} lines are left out: longer than {LONGEST} tokens, or without a translation")


def _parts(lines: Iterable[str], say: Say) -> Iterator[list[str]]:
    """The lines that hold text, some at a time; says how far they are."""
    began, done = time.monotonic(), 0
    texts = (line.strip() for line in lines)
    stream = (text for text in texts if text)
    while part := list(islice(stream, TOGETHER)):
        yield part
        done += len(part)
        say(f"{done} lines, {done / max(time.monotonic() - began, 0.001):.1f} a second")


def _word_pair(direction: Direction, tokens: Sequence[Token], draft: Draft) -> WordPair:
    """A word that the engine cannot give to one token (of a phrase without links) belongs to none, but for a hint's."""
    belongs: list[list[int]] = [[] for _ in tokens]
    for place, word in enumerate(draft.words):
        if word.hint or word.end - word.start == 1:
            for k in range(word.start, word.end):
                belongs[k].append(place)
    score = round(draft.score / (len(tokens) + 1), 4)
    return WordPair(direction, [t.literal for t in tokens], [w.form for w in draft.words], belongs, score)


def read_word_pairs(path: Path) -> Iterator[WordPair]:
    """The pairs of a file that `--words` wrote, checked.

    Raises:
        InputError: a line is something else; says which and what.
    """
    number = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            value = _json(line, where=f"{path}, line {number}")
            fault = next(_faults(value), None)
            if fault:
                raise _unusable(f"{path}, line {number}", fault)
            yield WordPair(**value)
    if not number:
        raise _unusable(str(path), "no line")


def _json(line: bytes, *, where: str) -> Any:
    try:
        return json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _unusable(where, f"no JSON in UTF-8 ({error})") from None


def _unusable(where: str, found: str) -> InputError:
    return InputError(
        where=where, found=found, expected=EXPECTED, do="Remove that line, or write the file anew with that command."
    )


def _faults(value: Any) -> Iterator[str]:
    """What is wrong with a line, the first fault first: what comes behind one may fail because of it."""
    names = [f.name for f in fields(WordPair)]
    if not isinstance(value, dict):
        yield f"JSON of type {type(value).__name__}"
    if set(value) != set(names):
        yield f"an object of {', '.join(map(repr, value)) or 'nothing'} and not of {', '.join(names)}"
    if value["direction"] not in tuple(TAUGHT):
        yield f"direction {value['direction']!r}"
    for name in ("target", "source"):
        if not _are_tokens(value[name]):
            yield f"a {name} that is no list of tokens without spaces"
    if not _are_places(value["belongs"], len(value["target"]), len(value["source"])):
        yield "a belongs that is not, for each token of target, a list of places in source"
    score = value["score"]
    if isinstance(score, bool) or not isinstance(score, int | float) or not math.isfinite(score):
        yield f"score {score!r}"


def _are_tokens(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(t, str) and t and " " not in t for t in value)


def _are_places(value: Any, tokens: int, places: int) -> bool:
    """Whether there is a list of places for each token."""
    if not isinstance(value, list) or len(value) != tokens or not all(isinstance(row, list) for row in value):
        return False
    return all(type(k) is int and 0 <= k < places for row in value for k in row)
