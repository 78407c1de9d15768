"""Last touches once the terms stand: the form of a first mention, and renderings written twice in a row."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import regex

from pipeline.text import key
from pipeline.translate.drafts import Draft, Edit, Tools, edited
from pipeline.translate.locate import leftovers
from pipeline.translate.needs import Mention, Need, Span, spans_of
from pipeline.translate.surface import inflected

__all__ = ["polish"]

_NAMES: Final = frozenset({"acronym", "organisation", "person", "place"})
_NOUN: Final = regex.compile(r"\s+\p{Bengali}")


def polish(draft: Draft, tools: Tools) -> Draft:
    """The draft with doubled terms single and first mentions in full; a touch that spoils the verdict is left out."""
    if not tools.options.rungs:
        return draft
    for index in range(len(draft.job.needs)):
        draft = _single(draft, index, tools=tools)
        draft = _without_leftovers(draft, index, tools=tools)
        draft = _inflection(draft, index, tools=tools)
        draft = _capitals(draft, index, tools=tools)
        draft = _first_mention(draft, index, tools=tools)
    return draft


def _single(draft: Draft, index: int, *, tools: Tools) -> Draft:
    """Take out the second of two neighbours: "SCO SCO", where the source has one."""
    need, spans = draft.job.needs[index], draft.verdict.found[index]
    if len(spans) <= len(need.spans):
        return draft
    for first, second in pairwise(spans):
        if draft.text[first[1] : second[0]].isspace():
            because = "terms.doubled", "written twice in a row"
            return _kept(draft, Edit(first[1], second[1], ""), need=need, because=because, tools=tools)
    return draft


def _without_leftovers(draft: Draft, index: int, *, tools: Tools) -> Draft:
    """Take out what is left of a wrong rendering beside the right one: "Maxim Ryzhenkov of Belarus Maksim"."""
    need = draft.job.needs[index]
    if not draft.steps or draft.verdict.lacking[index]:
        return draft
    for mention in (Mention(need, k) for k in range(len(need.spans))):
        for start, end in reversed(leftovers(draft, mention)):
            begin = start - 1 if start and draft.text[start - 1] == " " else start
            because = "terms.leftover", "a second rendering of the term, misspelt"
            draft = _kept(draft, Edit(begin, end, ""), need=need, because=because, tools=tools)
    return draft


def _inflection(draft: Draft, index: int, *, tools: Tools) -> Draft:
    """A possessive of the source on the bare Bengali term that enforcement wrote before a noun: এসসিও-র."""
    need, spans = draft.job.needs[index], draft.verdict.found[index]
    if draft.job.language != "bn" or not draft.steps or len(spans) != len(need.spans):
        return draft
    for k, span in enumerate(spans):
        form = inflected(Mention(need, k), "bn")
        bare = draft.text[slice(*span)] == need.targets[k] != form
        if bare and _NOUN.match(draft.text, span[1]):
            because = "terms.inflection", f"the source has {need.suffixes[k]!r}"
            return _kept(draft, Edit(*span, form), need=need, because=because, tools=tools)
    return draft


def _capitals(draft: Draft, index: int, *, tools: Tools) -> Draft:
    """Names that enforcement brought in keep the glossary's capitals: "Ministry of External affairs"."""
    need = draft.job.needs[index]
    if draft.job.language != "en" or not draft.steps or need.type not in _NAMES:
        return draft
    for span in spans_of(need, draft.text, language="en", terms=tools.terms):
        shown = draft.text[slice(*span)]
        for form in tools.terms.accepted(need.entry, "en"):
            if shown != form and shown.casefold() == form.casefold():
                because = "terms.capitals", "as the glossary writes it"
                return _kept(draft, Edit(*span, form), need=need, because=because, tools=tools)
    return draft


def _first_mention(draft: Draft, index: int, *, tools: Tools) -> Draft:
    """The first rendering takes the form that the match asks for, when that is the long one."""
    need, spans = draft.job.needs[index], draft.verdict.found[index]
    wanted = need.targets[0]
    if not spans or need.literal or "(" not in wanted or key(wanted, case=False) in key(draft.text, case=False):
        return draft
    edit = Edit(*spans[0], wanted + _ending(draft, spans[0], need=need, tools=tools))
    because = "terms.first-mention", "first mention in the document"
    return _kept(draft, edit, need=need, because=because, tools=tools)


def _ending(draft: Draft, span: Span, *, need: Need, tools: Tools) -> str:
    """The inflection of the rendering that is replaced."""
    shown = draft.text[slice(*span)]
    for form in sorted(tools.terms.accepted(need.entry, draft.job.language), key=len, reverse=True):
        if shown.startswith(form):
            return shown[len(form) :]
    return ""


def _kept(draft: Draft, edit: Edit, *, need: Need, because: tuple[str, str], tools: Tools) -> Draft:
    """The edited draft unless it meets the needs worse."""
    made = edited(draft, edit, source=need.spans[0], because=because, tools=tools)
    return made if made.verdict.rank <= draft.verdict.rank else draft
