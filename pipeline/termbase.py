"""The term base: glossary files as one set of entries, and their occurrences in a text, inflected or not.

Finding is one pass of an Aho-Corasick automaton over the match key of the text, whatever the number of
entries. Every occurrence then has to stand at the beginning of a word, be written in the right case, and be
followed by nothing but an ending that a word of its kind takes; of those that overlap the longest stays.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import regex
from ahocorasick_rs import AhoCorasick, MatchKind

from pipeline.errors import GlossaryError, InputError
from pipeline.inflect import another_word, suffix_at
from pipeline.records import Direction, Language, TermEntry
from pipeline.termbase_forms import (
    Form,
    adjectives_of,
    fold,
    forbidden_forms,
    foreign_forms,
    forms_of,
    match_key,
    spellings,
)
from pipeline.termbase_yaml import parse_file
from pipeline.text import keyed

__all__ = ["DO_NOT_TRANSLATE", "Hit", "TermBase", "default_paths", "expand_paths", "load", "termbase_of"]

DO_NOT_TRANSLATE: Final = "do-not-translate"
_INSIDE: Final = regex.compile(r"[\p{L}\p{M}\p{N}_@#]")
_OPENING: Final = regex.compile(r"(?<![\p{L}\p{N}])'(?=\p{L}|$)")
_QUOTED: Final = 400  # code points before an apostrophe in which a quotation may have begun
_CLOCK: Final = frozenset({"PM", "AM"})
# What makes another word of the next one: উপ-প্রধানমন্ত্রী, vice-president, Deputy Foreign Minister.
_BOUND: Final[Mapping[Language, tuple[str, ...]]] = {
    "bn": ("উপ-", "উপ ", "সহ-", "অ-"),
    "en": ("vice-", "vice ", "deputy-", "deputy ", "sub-", "under-", "co-"),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """One occurrence; `text[start:end] == surface + suffix`."""

    start: int
    end: int
    surface: str
    suffix: str
    """The ending as written, with its hyphen and space."""
    entry: str
    form: str
    """The glossary form that was recognised, as a match key."""
    role: str
    """Of the form: term, expansion, variant or forbidden."""
    side: Language
    """Whose form it is: "en" for a Latin acronym within Bengali text."""
    short: bool
    """Whether the form is a writing of the term; a writing of the expansion is long."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An occurrence in the key that may still lose to a longer one."""

    start: int
    stem: int
    end: int
    form: Form


class _Index:
    """The automaton over one set of forms."""

    def __init__(self, forms: Iterable[Form], language: Language) -> None:
        self.language = language
        groups: dict[str, list[Form]] = defaultdict(list)
        for form in forms:
            groups[fold(form.key)].append(form)
        self.groups = list(groups.values())
        self.automaton = AhoCorasick(list(groups), matchkind=MatchKind.Standard) if groups else None

    def candidates(self, cased: str) -> Iterator[_Candidate]:
        """Every occurrence that stands as a word, longer and shorter ones alike."""
        if self.automaton is None:
            return
        folded = fold(cased)
        for number, start, stem in self.automaton.find_matches_as_indexes(folded, overlapping=True):
            if start and not self._begins(folded, start):
                continue
            for form in self.groups[number]:
                if (form.exact and cased[start:stem] != form.key) or (form.capital and not cased[start].isupper()):
                    continue
                end = self._end(folded, start, stem, form)
                if end is not None:
                    yield _Candidate(start, stem - form.cut, end, form)

    def _begins(self, folded: str, start: int) -> bool:
        """Whether a word begins here."""
        if _INSIDE.match(folded[start - 1]):
            return False
        bound = next((word for word in _BOUND[self.language] if folded.endswith(word, 0, start)), "")
        return not bound or (start > len(bound) and _INSIDE.match(folded[start - len(bound) - 1]) is not None)

    def _end(self, folded: str, start: int, stem: int, form: Form) -> int | None:
        """Where the occurrence ends, its ending included; None when it is part of another word."""
        end = suffix_at(folded, stem, language=self.language, final=form.final)
        if end is None or (self.language == "bn" and another_word(folded, start, end)):
            return None
        if form.letter and end == stem and (folded[end : end + 1] == "-" or folded[start - 1 : start] in {"-", "."}):
            return None  # the X of X-ray
        if form.key in _CLOCK and folded[start - 2 : start].strip().isdigit():
            return None  # the PM of 5 PM
        if folded[stem:end] == "'" and _OPENING.search(folded, max(0, start - _QUOTED), start):
            return stem  # the end of a quotation
        return end


def _longest(candidates: Iterable[_Candidate]) -> list[list[_Candidate]]:
    """Leftmost-longest places, each with all readings of it: glossary terms first, then in glossary order."""
    ordered = sorted(candidates, key=lambda c: (c.start, -c.end, -c.stem, c.form.role != "term"))
    chosen: list[list[_Candidate]] = []
    for candidate in ordered:
        last = chosen[-1][0] if chosen else None
        if last is None or candidate.start >= last.end:
            chosen.append([candidate])
        elif (candidate.start, candidate.stem, candidate.end) == (last.start, last.stem, last.end):
            chosen[-1].append(candidate)
    return chosen


def _search(index: _Index, text: str) -> list[list[Hit]]:
    """Occurrences in a text, each place with all its readings."""
    plain = match_key(text)
    places = _longest(index.candidates(plain))
    if not places:
        return []
    offsets: Sequence[int] = range(len(text) + 1) if len(plain) == len(text) else keyed(text).offsets
    return [[_hit(text, offsets, candidate) for candidate in place] for place in places]


def _hit(text: str, offsets: Sequence[int], candidate: _Candidate) -> Hit:
    """The candidate in offsets of the text."""
    start, stem, end = offsets[candidate.start], offsets[candidate.stem], offsets[candidate.end]
    form = candidate.form
    return Hit(start, end, text[start:stem], text[stem:end], form.entry, form.key, form.role, form.side, form.short)


class TermBase:
    """Validated entries with their indexes, which are built when first asked for; see `load`."""

    def __init__(
        self,
        entries: Mapping[str, TermEntry],
        *,
        files: Sequence[str] = (),
        sha256: str = "",
        notices: Sequence[str] = (),
    ) -> None:
        """Keep the entries.

        Args:
            entries: by id, in glossary order.
            files: where they are from, for manifests.
            sha256: of the files, for manifests and changes.
            notices: what a user should know, such as an entry that a later file replaces.
        """
        self.entries: Mapping[str, TermEntry] = dict(entries)
        self.files, self.sha256, self.notices = tuple(files), sha256, tuple(notices)
        self._indexes: dict[tuple[str, str], _Index] = {}
        self._shapes: dict[tuple[str, Language], dict[str, bool]] = {}

    def find(self, text: str, language: Language, *, direction: Direction | None = None) -> list[Hit]:
        """Occurrences of terms in a text, in order, never overlapping, the longest of each place.

        Args:
            text: source text in `language`; Bengali text is searched for Latin acronyms too.
            language: of the text.
            direction: keeps only entries that work in this direction.
        """
        return [place[0] for place in _search(self._source_index(language, direction), text)]

    def accepted(self, entry_id: str, language: Language) -> tuple[str, ...]:
        """All right renderings of an entry in a language: the term, its expansion, its variants.

        Raises:
            GlossaryError: no such entry.
        """
        entry = self.entry(entry_id)
        sides = [entry.side(language)] if entry.type != DO_NOT_TRANSLATE else [entry.side(language), entry.bn, entry.en]
        return tuple(dict.fromkeys(spelling for side in sides for spelling, _ in spellings(side)))

    def present(self, entry_id: str, text: str, language: Language) -> list[tuple[int, int]]:
        """Spans, endings included, of right renderings of an entry in a target text.

        A rendering within a longer term of another entry is that other term: "Prime Minister" is not present
        in "Deputy Prime Minister". A Latin acronym in Bengali text is no rendering.

        Raises:
            GlossaryError: no such entry.
        """
        self.entry(entry_id)
        return self._in_target(entry_id, text, language, adjectives=False)

    def adjectives(self, entry_id: str, text: str, language: Language) -> list[tuple[int, int]]:
        """Spans of adjectives that render a place as well as its name does: the Russian President.

        They make up for a name that is missing; they are never too many, since sources have adjectives too, and
        `find` passes those over.

        Raises:
            GlossaryError: no such entry.
        """
        self.entry(entry_id)
        return self._in_target(entry_id, text, language, adjectives=True)

    def forbidden(self, entry_id: str, text: str, language: Language) -> list[tuple[int, int]]:
        """Spans, endings included, of renderings that an entry forbids in a target text.

        Raises:
            GlossaryError: no such entry.
        """
        entry = self.entry(entry_id)
        make = self._made(("forbidden " + language, entry_id), language, lambda: forbidden_forms(entry, language))
        return [(place[0].start, place[0].end) for place in _search(make, text)]

    def is_short(self, entry_id: str, surface: str, language: Language) -> bool:
        """Whether a surface that was found in a text of a language is a writing of the entry's term.

        True when the entry has no expansion to tell it from.

        Raises:
            GlossaryError: no such entry.
        """
        name = (entry_id, language)
        if name not in self._shapes:
            entry = self.entry(entry_id)
            both = [*forms_of(entry, "en"), *forms_of(entry, language)]
            self._shapes[name] = {fold(form.key): form.short for form in both}
        return self._shapes[name].get(fold(match_key(surface)), True)

    def entry(self, entry_id: str) -> TermEntry:
        """One entry.

        Raises:
            GlossaryError: no such entry; the message names the nearest ids.
        """
        if entry_id not in self.entries:
            near = ", ".join(get_close_matches(entry_id, self.entries, 3)) or "`setu glossary show` lists them"
            raise GlossaryError(
                where="glossary", found=f"no entry {entry_id!r}", expected="the id of an entry", do=f"Near: {near}."
            )
        return self.entries[entry_id]

    def _source_index(self, language: Language, direction: Direction | None) -> _Index:
        """Forms of the entries that work in a direction, with Latin ones for Bengali text."""

        def forms() -> Iterator[Form]:
            entries = [e for e in self.entries.values() if direction is None or e.direction in ("both", direction)]
            yield from (form for entry in entries for form in forms_of(entry, language))
            if language == "bn":
                yield from foreign_forms(entries, "bn")

        return self._made(("source " + language, direction or ""), language, forms)

    def _in_target(self, entry_id: str, text: str, language: Language, *, adjectives: bool) -> list[tuple[int, int]]:
        """Places in a target text that an entry has, by its adjectives or by all else."""
        found = [
            hit
            for place in _search(self._target_index(language), text)
            for hit in place
            if hit.entry == entry_id and (hit.role == "adjective") == adjectives
        ]
        return list(dict.fromkeys((hit.start, hit.end) for hit in found))

    def _target_index(self, language: Language) -> _Index:
        """Forms of all entries in their own script, and adjectives of places; what is not translated in either."""

        def forms() -> Iterator[Form]:
            for entry in self.entries.values():
                yield from forms_of(entry, language)
                yield from adjectives_of(entry, language)
                if entry.type == DO_NOT_TRANSLATE:
                    yield from foreign_forms([entry], language)

        return self._made(("target " + language, ""), language, forms)

    def _made(self, name: tuple[str, str], language: Language, forms: Callable[[], Iterable[Form]]) -> _Index:
        """An index, built once."""
        if name not in self._indexes:
            self._indexes[name] = _Index(forms(), language)
        return self._indexes[name]


def default_paths() -> list[Path]:
    """The project's glossary files when there is a `glossary` folder here, else those of the package.

    Raises:
        GlossaryError: neither has a file.
    """
    for folder in (
        Path("glossary"),
        Path(__file__).parent / "data" / "glossary",
        Path(__file__).parents[1] / "glossary",
    ):
        found = sorted(folder.glob("*.yaml"))
        if found:
            return found
    raise GlossaryError(
        where="glossary",
        found="no glossary/*.yaml here and none in the package",
        expected="glossary files",
        do="Name them with --glossary FILE.",
    )


def expand_paths(paths: Iterable[Path]) -> list[Path]:
    """Files as they are, folders as their *.yaml files in order of name.

    Raises:
        InputError: a folder without glossary files.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(path.glob("*.yaml"))
        if not inside:
            raise InputError(
                where=str(path), found="no *.yaml file", expected="glossary files", do="Name a file or another folder."
            )
        found += inside
    return found


def load(paths: Sequence[Path]) -> TermBase:
    """Read glossary files, later ones replacing entries of earlier ones by id (with a notice).

    Raises:
        GlossaryError: a file has a fault; the message has its line and column.
        InputError: a file cannot be read.
    """
    parsed = [parse_file(path) for path in expand_paths(paths)]
    for file in parsed:
        if file.problems:
            raise file.problems[0].error()
    entries: dict[str, TermEntry] = {}
    notices: list[str] = []
    for entry in (entry for file in parsed for entry in file.entries):
        if entry.id in entries:
            old = entries[entry.id]
            notices.append(f"{entry.file}:{entry.line}: entry {entry.id} replaces {old.file}:{old.line}")
        entries[entry.id] = entry
    digest = hashlib.sha256("".join(f"{file.sha256}\n" for file in parsed).encode()).hexdigest()
    return TermBase(entries, files=[file.file for file in parsed], sha256=digest, notices=notices)


def termbase_of(entries: Iterable[TermEntry]) -> TermBase:
    """A term base of given entries, without files; its hash is that of the entries.

    Raises:
        GlossaryError: an id stands twice.
    """
    found: dict[str, TermEntry] = {}
    for entry in entries:
        if entry.id in found:
            raise GlossaryError(
                where=f"entry {entry.id}", found="its id twice", expected="each id once", do="Rename one of them."
            )
        found[entry.id] = entry
    digest = hashlib.sha256("\n".join(map(repr, found.values())).encode()).hexdigest()
    return TermBase(found, sha256=digest)
