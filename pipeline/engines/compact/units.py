"""What stays together when the words of a sentence are put in the order of the other language.

Hints and names do; an acronym or a date in brackets goes with the word before it; an enumeration goes as one, or its
verb would stay on the far side of its commas ("They trade, investment and ports discussed").
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from pipeline.engines.compact.reorder import WALLS
from pipeline.engines.compact.smt import STEM, Job
from pipeline.engines.compact.text import JOINER, Token

__all__ = ["together"]

ASIDE = 6
"""Most tokens in brackets that go where the word before them goes; longer ones stay in their place."""
ITEM, SECOND = 4, 2
"""Most tokens of an item of an enumeration, and of the middle one of three, which has but one comma to tell by."""
COMMA = JOINER + ","
AND = frozenset({"ও", "এবং", "আর", "বা", "অথবা", "কিংবা", "and", "or"})
CLAUSE = WALLS | {
    "যে", "যা", "যিনি", "যার", "যারা", "যেখানে", "তবে", "কিন্তু", "that", "which", "who", "where", "when", "but",
}  # fmt: skip
"""What no item holds: another clause begins there."""


def together(job: Job) -> list[tuple[int, int]]:
    """Spans of tokens that stay as they are, and in one piece; some lie inside others."""
    forms = [token.form for token in job.tokens]
    spans = [(start, end) for start, end, _ in job.hints]
    spans += _words(job, forms)
    spans += _asides(forms, spans)
    return spans + _enumerations(forms, spans)


def _words(job: Job, forms: Sequence[str]) -> list[tuple[int, int]]:
    """What reads as one word or one name, outside hints."""
    free = np.ones(len(forms) + 1, bool)
    for start, end, _ in job.hints:
        free[start:end] = False
    tied = [a == STEM and b.startswith(JOINER) for a, b in pairwise(forms)]  # নি with an ending: to take, no denial
    tied = [t or _tied(a, b) for t, (a, b) in zip(tied, pairwise(job.tokens), strict=True)]
    out, start = [], 0
    for i in range(1, len(forms) + 1):
        if i < len(forms) and tied[i - 1] and free[i - 1] and free[i]:
            continue
        if i - start > 1:
            out.append((start, i))
        start = i
    return out


def _tied(a: Token, b: Token) -> bool:
    """Whether two neighbours are one compound (Indo-Pacific), quantity (105mm) or name (Rajnath Singh)."""
    compound = any(form.startswith(JOINER) and form.endswith(JOINER) for form in (a.form, b.form))
    quantity = bool(a.value) and b.form.startswith(JOINER) and b.form.strip(JOINER).isalpha()
    return compound or quantity or (a.form[:1].isupper() and b.form[:1].isupper() and a.end + 1 == b.start)


def _asides(forms: Sequence[str], spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Words with their short brackets: an acronym behind a name, a date behind a weekday."""
    body = [form.strip(JOINER) for form in forms]
    begins = {place: start for start, end in spans for place in range(start, end)}
    out: list[tuple[int, int]] = []
    for i in range(1, len(body)):
        if body[i] != "(" or forms[i - 1] in WALLS:
            continue
        end = next((j for j in range(i + 1, min(i + ASIDE + 2, len(body))) if body[j] in "()"), 0)
        if end and body[end] == ")":
            out.append((begins.get(i - 1, i - 1), end + 1))
    return out


def _enumerations(forms: Sequence[str], spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Items between commas, from the word before the first to the last item or the word behind the last comma."""
    begins, ends = {end: start for start, end in reversed(spans)}, dict(spans)
    commas = [k for k, form in enumerate(forms) if form == COMMA]
    out: list[tuple[int, int]] = []
    while commas:
        first = last = commas.pop(0)
        while commas and _item(forms, last, commas[0], ITEM):
            last = commas.pop(0)
        most = SECOND if last == first else ITEM
        joined = next((k for k in range(last + 1, len(forms)) if forms[k].lower() in AND), 0)
        joined = joined if joined == last + 1 > first + 1 or _item(forms, last, joined, most) else 0
        if last == first and not joined:
            continue
        item = (joined or last) + 1
        start, end = begins.get(first, first - 1), ends.get(item, item + 1)
        if start >= 0 and end <= len(forms) and not {forms[first - 1], forms[item]} & WALLS:
            out.append((start, end))
    return out


def _item(forms: Sequence[str], before: int, behind: int, most: int) -> bool:
    """Whether an item of the enumeration stands between two places."""
    return 0 < behind - before - 1 <= most and CLAUSE.isdisjoint(form.lower() for form in forms[before + 1 : behind])
