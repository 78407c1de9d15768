"""What the list of the search's best translations says of one sentence: its words, and which follow which.

The share of a list that holds an n-gram is how likely a good translation holds it (Tromble et al. 2008).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.coverage import lone
from pipeline.engines.compact.options import Floats, Longs
from pipeline.engines.compact.smt import Draft, Word

__all__ = ["BEGIN", "END", "ORDERS", "Evidence", "Symbol"]

Bools = npt.NDArray[np.bool_]
BEGIN, END = 0, 1
"""Symbols that every sentence has; those of its list come behind them."""
ORDERS = 4


class Symbol(NamedTuple):
    """What a translation is made of: one word, or all words of a hint, whose source tokens are then named."""

    forms: tuple[str, ...]
    hint: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The symbols of a list, and by how much each is borne out."""

    symbols: Sequence[Symbol]
    places: Sequence[Sequence[tuple[int, int]]]
    """The ranges of source tokens that each symbol comes from."""
    share: Floats
    """Of the list, that holds each symbol."""
    often: Floats
    """How often it stands in a translation of the list, in the mean."""
    most: Floats
    """How often it stands in one at most."""
    wanted: Floats
    """How often it stands in the best one."""
    exact: Bools
    """Symbols that stand as often as wanted, neither more nor less."""
    spans: Sequence[Longs]
    """The symbols of each hint: one of them stands, once."""
    names: Sequence[Longs]
    """The symbols of each source word that most of the list translate by a name: one of them stands."""
    told: Mapping[int, float]
    """The share of the list that gives a source token a word of its own."""
    grams: Sequence[tuple[Longs, Floats]]
    """From two words up: sorted n-grams as numbers in base `len(symbols)`, and the share of the list that has each."""

    @classmethod
    def of(
        cls, drafts: Sequence[Draft], sharp: float, keeps: Callable[[str], bool], named: float,
        names: Callable[[str, tuple[int, int]], bool],
    ) -> Evidence:  # fmt: skip
        """What the drafts of one sentence say.

        `sharp`: how much more the best of the list count; `keeps`: whether a word must stand as in the best one;
        `named`: share of the list that makes a name one that must stand; `names`: whether a word, of a range of source
        tokens, is one.
        """
        weight = np.exp((np.array([draft.score for draft in drafts]) - drafts[0].score) * sharp)
        weight /= weight.sum()
        known: dict[Symbol, int] = {Symbol(("",), (BEGIN, BEGIN)): BEGIN, Symbol(("",), (END, END)): END}
        places: list[dict[tuple[int, int], None]] = [{}, {}]
        lines, called, told = [], _Names(), dict[int, float]()
        asked: dict[tuple[int, tuple[int, int]], bool] = {}
        for draft, part in zip(drafts, weight.tolist(), strict=True):
            line = []
            for symbol, place in _symbols(draft.words):
                row = known.setdefault(symbol, len(known))
                if row == len(places):
                    places.append({})
                places[row][place] = None
                line.append(row)
                if (row, place) not in asked:  # a list says the same of a token over and over
                    asked[row, place] = symbol.hint is None and names(symbol.forms[0], place)
                if asked[row, place]:
                    called.add(row, place)
            lines.append(line)
            called.end(part)
            for token in lone(draft.words):
                told[token] = told.get(token, 0.0) + part
        symbols, size = list(known), len(known)
        table = np.full((len(lines), max(map(len, lines)) + 2), -1)
        table[:, 0] = BEGIN
        for k, line in enumerate(lines):
            table[k, 1 : len(line) + 2] = [*line, END]
        counts = np.zeros((len(lines), size), np.int64)
        at = np.nonzero(table >= 0)
        np.add.at(counts, (at[0], table[at]), 1)
        hints = [symbol.hint if k > END else None for k, symbol in enumerate(symbols)]
        exact = np.array([h is None and keeps(s.forms[0]) for h, s in zip(hints, symbols, strict=True)])
        exact[[BEGIN, END]] = False
        spans = [np.flatnonzero([h == hint for h in hints]) for hint in dict.fromkeys(h for h in hints if h)]
        share = (weight[:, None] * (counts > 0)).sum(0).astype(np.float32)
        return cls(
            symbols, [list(p) for p in places], share, (weight @ counts).astype(np.float32),
            counts.max(0).astype(np.float32), counts[0].astype(np.float32), exact, spans,
            called.musts(named), told,
            [_grams(table, n, size, weight) for n in range(2, ORDERS + 1)],
        )  # fmt: skip

    def with_more(self, number: int, most: int) -> Evidence:
        """With columns for symbols that no draft has, which may stand up to `most` times; they bear no number here."""
        none = np.zeros(number, np.float32)
        return replace(
            self, share=np.append(self.share, none), often=np.append(self.often, none),
            most=np.append(self.most, none + most), wanted=np.append(self.wanted, none),
            exact=np.append(self.exact, none > 0),
        )  # fmt: skip

    def follows(self, order: int, past: Sequence[int]) -> tuple[Longs, Floats]:
        """The symbols that the list has behind the last `order` - 1 symbols of a past, and the share that has each."""
        keys, share = self.grams[order - 2]
        size = len(self.symbols)
        if max(past[-(order - 1) :]) >= size:  # a word that is none of the list's
            return keys[:0], share[:0]
        first = 0
        for symbol in past[-(order - 1) :]:
            first = first * size + symbol
        low, high = np.searchsorted(keys, (first * size, (first + 1) * size))
        return keys[low:high] - first * size, share[low:high]


@dataclass(slots=True)
class _Names:
    """Which names the drafts of a list have, by the source word that they come from."""

    symbols: dict[int, set[int]] = field(default_factory=dict)
    share: dict[int, float] = field(default_factory=dict)
    _here: set[int] = field(default_factory=set)
    """Of the draft that is being read."""

    def add(self, symbol: int, place: tuple[int, int]) -> None:
        """A name in a draft."""
        for source in range(*place):
            self.symbols.setdefault(source, set()).add(symbol)
            self._here.add(source)

    def end(self, weight: float) -> None:
        """The draft is read; its share of the list."""
        for source in self._here:
            self.share[source] = self.share.get(source, 0.0) + weight
        self._here.clear()

    def musts(self, named: float) -> list[Longs]:
        """The names of each source word that has one in that share of the list."""
        found = dict.fromkeys(tuple(sorted(self.symbols[k])) for k, share in self.share.items() if share >= named)
        return [np.array(symbols) for symbols in found]


def _symbols(words: Sequence[Word]) -> list[tuple[Symbol, tuple[int, int]]]:
    """The symbols of a draft with the places they come from; the words of a hint are one."""
    out: list[tuple[Symbol, tuple[int, int]]] = []
    for word in words:
        place = (word.start, word.end)
        if word.hint and out and out[-1][0].hint == place:
            out[-1] = (Symbol((*out[-1][0].forms, word.form), place), place)
        else:
            out.append((Symbol((word.form,), place if word.hint else None), place))
    return out


def _grams(table: npt.NDArray[np.int64], n: int, size: int, weight: npt.NDArray[np.float64]) -> tuple[Longs, Floats]:
    columns = table.shape[1] - n + 1
    if columns < 1:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    code = np.zeros((len(table), columns), np.int64)
    for k in range(n):
        code = code * size + np.maximum(table[:, k : k + columns], 0)
    code[table[:, n - 1 :] < 0] = -1
    code.sort(1)
    new = code >= 0
    new[:, 1:] &= code[:, 1:] != code[:, :-1]
    line, _ = np.nonzero(new)
    keys, place = np.unique(code[new], return_inverse=True)
    return keys, np.bincount(place, weight[line], len(keys)).astype(np.float32)
