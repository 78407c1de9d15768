"""Where in a translation the rendering of a source span stands, or should stand.

Four witnesses are heard: a rendering that is known to be wrong, the source's own letters left standing, the
model's attention, and likeness to the right form (names are misspelt more often than they are mistranslated).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import regex
from rapidfuzz import fuzz

from pipeline.records import Link
from pipeline.translate.drafts import Draft
from pipeline.translate.needs import Job, Mention, Need, Span

__all__ = ["WRONG", "Place", "leftovers", "places"]

_WORD: Final = regex.compile(r"[\p{L}\p{N}@#](?:[\p{L}\p{M}\p{N}\u200c\u200d&]|['’.@_-](?=[\p{L}\p{N}]))*\p{M}*")
# Words that belong to the sentence around a term: a run of aligned words neither begins nor ends with one.
_LIGHT: Final = (
    " a an the of to in on at by for from with and or as is was are were be has have had that this his her its "
    "their it he she they said will would which who এবং ও আর এর যে এই সেই তার তাঁর করে করা করেন হয় ছিল বলে "
)
_SHARE: Final = 0.35  # of a word's attention that must lie on the term; chosen on the development sets
_ALIKE: Final = 62.0  # of 100: below this, two spellings are two words
WRONG: Final = 3.0  # weight of a rendering that the glossary calls wrong
_ALL: Final = 0.9  # of a word's attention: it renders this mention and nothing else
_NAME: Final = 4  # letters of a word that is long enough to be known when misspelt
_SAME_NAME: Final = 70.0  # of 100
_NEAR: Final = 0.15  # weight of a place beside a neighbour's rendering: the last resort


@dataclass(frozen=True, slots=True)
class Place:
    """A span of a translation; empty for a place between words. `weight` orders places, larger is surer."""

    start: int
    end: int
    weight: float
    why: str


def places(draft: Draft, mention: Mention, *, between: bool = True) -> list[Place]:
    """Places for one mention of a need, surest first; renderings of terms that stand right are never among them.

    `between` adds empty places beside the renderings of the words around the mention.
    """
    need, text, links = mention.need, draft.text, draft.links
    index = draft.job.needs.index(need)
    taken = [span for spans in draft.verdict.found for span in spans]
    words = [m.span() for m in _WORD.finditer(text) if not _touches(m.span(), taken)]
    found = [Place(*span, WRONG, "a forbidden or rejected rendering") for k, span in draft.verdict.wrong if k == index]
    found += [Place(*m.span(), 2.5, "the source's own letters") for m in _copies(need, text)]
    found += _aligned(text, words, source=mention.span, links=links)
    found += _alike(text, words, forms=[mention.target, need.expansion])
    if between:
        found += _beside(draft.job, text, source=mention.span, links=links, taken=taken)
    return _ranked(found)


def leftovers(draft: Draft, mention: Mention) -> list[Span]:
    """Words that look at a mention and nowhere else and misspell a part of its target: half of a wrong rendering."""
    taken = [span for spans in draft.verdict.found for span in spans]
    words = [m.span() for m in _WORD.finditer(draft.text) if not _touches(m.span(), taken)]
    parts = [part for part in mention.target.split() if len(part) >= _NAME]
    return [
        word
        for word in words
        if _share(word, mention.span, draft.links) >= _ALL
        and any(_likeness(draft.text[slice(*word)], part) >= _SAME_NAME for part in parts)
    ]


def _copies(need: Need, text: str) -> list[regex.Match[str]]:
    if not need.surface or need.surface in need.targets:
        return []
    return list(regex.finditer(rf"(?<![\p{{L}}\p{{M}}]){regex.escape(need.surface)}[\p{{L}}\p{{M}}-]*", text))


def _touches(span: Span, others: Sequence[Span]) -> bool:
    return any(span[0] < other[1] and other[0] < span[1] for other in others)


def _share(word: Span, source: Span, links: Sequence[Link]) -> float:
    """The part of a word's attention that lies on a source span, 0 to 1."""
    of_word = [link for link in links if _touches(word, [(link.target_start, link.target_end)])]
    total = sum(link.weight for link in of_word)
    on_span = sum(link.weight for link in of_word if _touches(source, [(link.source_start, link.source_end)]))
    return on_span / total if total > 0 else 0.0


def _aligned(text: str, words: Sequence[Span], *, source: Span, links: Sequence[Link]) -> list[Place]:
    """Runs of words that look at the source span."""
    if not links:
        return []
    shares = {word: _share(word, source, links) for word in words}
    runs: list[list[Span]] = []
    for word in words:
        if shares[word] < _SHARE:
            continue
        near = runs and not regex.search(r"[\p{L}\p{N}।.;:!?]", text[runs[-1][-1][1] : word[0]])
        if near:
            runs[-1].append(word)
        else:
            runs.append([word])
    trimmed = [run for run in (_without_light(run, text) for run in runs) if run]
    return [
        Place(run[0][0], run[-1][1], sum(shares[w] for w in run) / len(run), "the model's attention")
        for run in trimmed
    ]  # fmt: skip


def _without_light(run: Sequence[Span], text: str) -> list[Span]:
    kept = list(run)
    while kept and _light(text[slice(*kept[0])]):
        kept.pop(0)
    while kept and _light(text[slice(*kept[-1])]):
        kept.pop()
    return kept


def _light(word: str) -> bool:
    return f" {word.casefold()} " in _LIGHT


def _alike(text: str, words: Sequence[Span], *, forms: Sequence[str]) -> list[Place]:
    """Runs of words that are spelt much like the right form."""
    best: list[Place] = []
    for form in filter(None, dict.fromkeys(forms)):
        size = len(form.split())
        windows = [words[k : k + n] for n in {max(1, size - 1), size, size + 1} for k in range(len(words) - n + 1)]
        for window in filter(None, (_without_light(window, text) for window in windows)):
            span = window[0][0], window[-1][1]
            score = _likeness(text[slice(*span)], form)
            if score >= _ALIKE and span[1] - span[0] <= 2 * len(form) + 8:
                best.append(Place(*span, score / 100, "likeness to the right form"))
    return sorted(best, key=lambda place: -place.weight)[:2]


def _likeness(found: str, form: str) -> float:
    """0 to 100. Short forms must be spelt alike from the first letter: any two of them look alike otherwise."""
    a, b = found.casefold(), form.casefold()
    if len(b) < 5 and a[:1] != b[:1]:  # noqa: PLR2004 (acronyms and the like)
        return 0.0
    return max(fuzz.ratio(a, b), 0.95 * fuzz.token_sort_ratio(a, b))


def _beside(job: Job, text: str, *, source: Span, links: Sequence[Link], taken: Sequence[Span]) -> list[Place]:
    """Empty places beside the renderings of the source words next to the span."""
    words = [m.span() for m in _WORD.finditer(text)]
    after = next((m.span() for m in _WORD.finditer(job.text) if m.start() >= source[1]), None)
    before = next((m.span() for m in reversed(list(_WORD.finditer(job.text))) if m.end() <= source[0]), None)
    found: list[Place] = []
    for neighbour, edge in ((after, 0), (before, 1)):
        if neighbour is None or not links:
            continue
        share, word = max(((_share(word, neighbour, links), word) for word in words), default=(0.0, (0, 0)))
        place = word[edge]
        if share >= _SHARE and not any(a < place < b for a, b in taken):
            found.append(Place(place, place, _NEAR * share, "a neighbour's attention"))
    return found


def _ranked(found: Sequence[Place]) -> list[Place]:
    """Each span once; two witnesses for one span are surer than one, one witness twice is one."""
    witnesses: dict[Span, dict[str, float]] = {}
    for place in found:
        of_span = witnesses.setdefault((place.start, place.end), {})
        of_span[place.why] = max(place.weight, of_span.get(place.why, 0.0))
    merged = [Place(*span, sum(said.values()), " and ".join(said)) for span, said in witnesses.items()]
    return sorted(merged, key=lambda place: (-place.weight, place.start, place.end))
