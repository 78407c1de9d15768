"""Deciding contested acronyms: where the same contest stands, and what the decision writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.records import Language, TermEntry
from pipeline.review.desk import Desk, is_open
from pipeline.termbase import TermBase
from pipeline.text import key

__all__ = ["decisions", "occurrences", "swap"]


def occurrences(desk: Desk, number: int, index: int) -> list[tuple[int, int]]:
    """The given contest and every open one of the same letters in its document, as (segment, term)."""
    row = desk.rows[number]
    surface = key(row["terms"][index]["surface"])
    return [
        (n, i)
        for n, other in enumerate(desk.rows)
        if other["doc"] == row["doc"]
        for i, term in enumerate(other["terms"])
        if (n, i) == (number, index) or (is_open(term) and key(term["surface"]) == surface)
    ]


def decisions(
    desk: Desk, places: Sequence[tuple[int, int]], entry: str, *, base: TermBase | None
) -> dict[str, tuple[int, Mapping[str, Any]]]:
    """What to save so that every place reads as `entry`: the choice, and the rendering where it must change."""
    changes: dict[str, tuple[int, Mapping[str, Any]]] = {}
    for number in dict.fromkeys(number for number, _ in places):
        row, state = desk.rows[number], desk.state(desk.rows[number]["id"])
        indices = [index for n, index in places if n == number]
        changes[row["id"]] = (state.version, _decision(desk, row, indices=indices, entry=entry, base=base))
    return changes


def _decision(
    desk: Desk, row: Mapping[str, Any], *, indices: Sequence[int], entry: str, base: TermBase | None
) -> dict[str, Any]:
    state = desk.state(row["id"])
    language: Language = "en" if desk.direction(row).endswith("en") else "bn"
    target, terms = row["target"], [dict(term) for term in row["terms"]]
    for index in indices:
        now = _reading(terms[index])
        if base is not None and now != entry and {now, entry} <= set(base.entries):
            nth = sum(_reading(term) == now for term in terms[:index])
            target = swap(target, nth, (base.entry(now), base.entry(entry)), base=base, language=language)
        terms[index]["proposed"] = entry
    fields: dict[str, Any] = {"readings": {**state.readings, **{str(index): entry for index in indices}}}
    if target != row["target"]:
        fields["target"] = target
        if state.status == "approved":
            fields["status"] = "draft"
    return fields


def _reading(term: Mapping[str, Any]) -> str:
    return str(term.get("proposed") or term["entry"])


def swap(target: str, nth: int, entries: tuple[TermEntry, TermEntry], *, base: TermBase, language: Language) -> str:
    """The translation with the n-th rendering (from 0) of the first entry replaced by the second's.

    An expansion gives way to an expansion, a short form to a short form; what followed the rendering inside
    its word (a possessive, a case ending) stays. A rendering that cannot be found leaves the text as it is:
    the checks say what is missing.
    """
    spans = base.present(entries[0].id, target, language)
    if nth >= len(spans):
        return target
    start, end = spans[nth]
    written = target[start:end]
    old, new = (entry.side(language) for entry in entries)
    forms = [(old.expansion, new.expansion or new.term)]
    forms += [(form, new.term) for form in base.accepted(entries[0].id, language)]
    fits = [(form, better) for form, better in forms if form and written.casefold().startswith(form.casefold())]
    form, better = max(fits, key=lambda pair: len(pair[0]), default=(written, new.term))
    return target[:start] + better + written[len(form) :] + target[end:]
