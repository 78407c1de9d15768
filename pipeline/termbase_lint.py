"""What is wrong with a glossary, beyond what makes it unreadable: every problem with its file, line and entry.

An error is a rendering that cannot be right or an entry that cannot work; a warning is a place where two
entries or a term and its neighbour can be taken for each other.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import regex

from pipeline.inflect import suffix_at
from pipeline.records import Direction, Language, Severity, TermEntry
from pipeline.termbase import DO_NOT_TRANSLATE, expand_paths, termbase_of
from pipeline.termbase_forms import Form, fold, forms_of, match_key, spellings
from pipeline.termbase_yaml import Parsed, Problem, parse_file

__all__ = ["lint", "lint_entries"]

_FOREIGN: Final[Mapping[Language, regex.Pattern[str]]] = {
    "bn": regex.compile(r"[\p{L}--\p{Bengali}]+", regex.V1),
    "en": regex.compile(r"[\p{L}--\p{Latin}]+", regex.V1),
}
_LONGEST_ENDING: Final = 12  # code points: -গুলোতেও and the like
_LANGUAGES: Final[tuple[Language, ...]] = ("bn", "en")
_SEARCHED: Final[Mapping[Language, Direction]] = {"bn": "bn-en", "en": "en-bn"}
# code → severity, what is expected, what to do
_RULES: Final[Mapping[str, tuple[Severity, str, str]]] = {
    "replaced": ("warning", "one entry an id", "Drop one of the two, or rename it."),
    "repeated": ("warning", "each spelling once in an entry", "Remove one of them."),
    "duplicate": ("error", "each term in one entry", "Merge the entries, or give one of them a direction."),
    "variant-of-another": (
        "error", "each spelling in one entry", "Drop the spelling in one of them, or give one a direction.",
    ),
    "confusable": ("error", "ids of other entries", "Correct the id."),
    "confusable-cycle": ("warning", "pairs, not rings", "Keep the pairs that readers do confuse."),
    "mixed-script": ("error", "letters of the language's own script", "Retype it, or set type: do-not-translate."),
    "forbidden-accepted": ("error", "a rendering to be right or forbidden", "Remove it from one of the two."),
    "suffix-clash": ("warning", "terms that do not read as other terms with an ending", "The longer term is taken."),
    "unreachable": ("error", "a spelling of its own", "Merge it with that entry, or give one a direction."),
    "no-expansion": ("warning", "an expansion in bn or en", "Add an expansion, or drop first_mention."),
    "no-evidence": ("warning", "cues or an expansion", "Add cues that tell the entries apart."),
}  # fmt: skip


def lint(paths: Sequence[Path]) -> list[Problem]:
    """Every problem of glossary files read together, in order of file and line.

    Raises:
        InputError: a file cannot be read at all.
    """
    parsed = [parse_file(path) for path in expand_paths(paths)]
    problems = [problem for file in parsed for problem in file.problems]
    entries, replaced = _together(parsed)
    order = {file.file: number for number, file in enumerate(parsed)}
    found = [*problems, *replaced, *lint_entries(entries)]
    return sorted(found, key=lambda p: (order.get(p.file, len(order)), p.line, p.column, p.code))


def _together(parsed: Sequence[Parsed]) -> tuple[dict[str, TermEntry], list[Problem]]:
    """Entries as they work, and a note for each that a later file replaces."""
    entries: dict[str, TermEntry] = {}
    notes: list[Problem] = []
    for entry in (entry for file in parsed for entry in file.entries):
        if entry.id in entries:
            old = entries[entry.id]
            found = f"an entry that {entry.file}:{entry.line} replaces"
            notes.append(_problem("replaced", old, found))
        entries[entry.id] = entry
    return entries, notes


def lint_entries(entries: Mapping[str, TermEntry]) -> list[Problem]:
    """Problems of entries that can be read."""
    checks = (_twice, _confusables, _cycles, _scripts, _forbidden, _clashes, _unreachable, _useless)
    return [problem for check in checks for problem in check(entries)]


def _problem(code: str, entry: TermEntry, found: str) -> Problem:
    severity, expected, do = _RULES[code]
    return Problem(code, severity, entry.file, entry.line, 1, entry.id, found, expected, do)


def _active(entry: TermEntry, language: Language) -> bool:
    """Whether texts of a language are searched for an entry."""
    return entry.direction in {"both", _SEARCHED[language]}


def _twice(entries: Mapping[str, TermEntry]) -> Iterator[Problem]:
    """Duplicates: one spelling in two entries, or twice in one."""
    for language in _LANGUAGES:
        owners: dict[str, list[tuple[TermEntry, str, str]]] = defaultdict(list)
        for entry in entries.values():
            for spelling, role in spellings(entry.side(language)):
                plain = match_key(spelling)
                owners[plain if entry.case_sensitive else fold(plain)].append((entry, role, spelling))
        for found in owners.values():
            yield from _repeated(found, language)


def _repeated(found: Sequence[tuple[TermEntry, str, str]], language: Language) -> Iterator[Problem]:
    """The problems of one spelling's owners."""
    first, role, _ = found[0]
    for entry, other_role, spelling in found[1:]:
        if entry.id == first.id:
            yield _problem("repeated", entry, f"{spelling!r} twice ({role}, {other_role})")
        elif _active(entry, language) and _active(first, language):
            code = "duplicate" if role == other_role == "term" else "variant-of-another"
            at = f"{first.id} ({first.file}:{first.line})"
            yield _problem(code, entry, f"{language} {other_role} {spelling!r}, which is {role} of {at}")


def _confusables(entries: Mapping[str, TermEntry]) -> Iterator[Problem]:
    """Confusables that name no other entry."""
    for entry in entries.values():
        for other in entry.confusable_with:
            if other == entry.id or other not in entries:
                found = f"confusable_with {other}, which is " + ("itself" if other == entry.id else "no entry")
                yield _problem("confusable", entry, found)


def _cycles(entries: Mapping[str, TermEntry]) -> Iterator[Problem]:
    """Three or more entries that are confusable in a ring: no evidence can rule all others out one by one.

    Two entries that name each other are the normal case. Each entry is reported in one ring at most.
    """
    told: set[str] = set()
    for start, entry in entries.items():
        if start in told:
            continue
        ring = next((ring for other in entry.confusable_with if (ring := _ring(entries, start, other))), None)
        if ring:
            told.update(ring)
            yield _problem("confusable-cycle", entry, f"a ring of confusables: {' → '.join([*ring, start])}")


def _ring(entries: Mapping[str, TermEntry], start: str, second: str) -> list[str]:
    """The shortest ring start → second → … → start of three or more entries; empty when there is none."""
    if second not in entries or second == start:
        return []
    before: dict[str, str] = {second: start}
    queue = deque([second])
    while queue:
        here = queue.popleft()
        for other in entries[here].confusable_with:
            if other == start and here != second:
                ring = [here]
                while ring[-1] != start:
                    ring.append(before[ring[-1]])
                return ring[::-1]
            if other in entries and other not in before and other != start:
                before[other] = here
                queue.append(other)
    return []


def _scripts(entries: Mapping[str, TermEntry]) -> Iterator[Problem]:
    """Letters of another script: Latin in a Bengali term, Devanagari that looks like Bengali."""
    for entry in entries.values():
        for language in _LANGUAGES:
            foreign = _FOREIGN[language]
            for spelling in (*(one for one, _ in spellings(entry.side(language))), *entry.forbidden.get(language, ())):
                match = foreign.search(spelling)
                if match and not (entry.type == DO_NOT_TRANSLATE and language == "bn"):
                    found = f"{match[0]!r} (U+{ord(match[0][0]):04X}) in {language} {spelling!r}"
                    yield _problem("mixed-script", entry, found)


def _forbidden(entries: Mapping[str, TermEntry]) -> Iterator[Problem]:
    """Forbidden renderings that are accepted ones, or that every right text contains."""
    for entry in entries.values():
        for language in _LANGUAGES:
            accepted = {fold(match_key(one)) for one, _ in spellings(entry.side(language))}
            for spelling in entry.forbidden.get(language, ()):
                if fold(match_key(spelling)) in accepted:
                    found = f"forbidden {language} {spelling!r}, which the entry accepts"
                    yield _problem("forbidden-accepted", entry, found)


def _listed(entries: Mapping[str, TermEntry], language: Language) -> dict[str, list[Form]]:
    """Searched forms of a language by folded key, without the writings that are only derived."""
    found: dict[str, list[Form]] = defaultdict(list)
    for entry in entries.values():
        if _active(entry, language):
            listed = {match_key(spelling) for spelling, _ in spellings(entry.side(language))}
            for form in forms_of(entry, language):
                if form.key in listed:
                    found[fold(form.key)].append(form)
    return found


def _clashes(entries: Mapping[str, TermEntry]) -> Iterator[Problem]:
    """Suffix clashes: one entry's form is another's with an ending (ইউ + কে is ইউকে)."""
    for language in _LANGUAGES:
        forms = _listed(entries, language)
        for plain, longer in forms.items():
            for shorter in _stems(plain, forms, language):
                if shorter.entry not in {form.entry for form in longer}:
                    found = f"{language} {plain!r}, which reads as {shorter.key!r} ({shorter.entry}) with an ending"
                    yield _problem("suffix-clash", entries[longer[0].entry], found)


def _stems(plain: str, forms: Mapping[str, list[Form]], language: Language) -> Iterator[Form]:
    """Forms that give `plain` when they take an ending."""
    for cut in range(max(1, len(plain) - _LONGEST_ENDING), len(plain)):
        for form in forms.get(plain[:cut], ()):
            if suffix_at(plain, cut, language=language, final=form.final) == len(plain):
                yield form


def _unreachable(entries: Mapping[str, TermEntry]) -> Iterator[Problem]:
    """Entries that no text can find, because others take all their forms."""
    base = termbase_of(entries.values())
    for entry in entries.values():
        for language in _LANGUAGES:
            if not _active(entry, language):
                continue
            written = [spelling for spelling, _ in spellings(entry.side(language))]
            hits = [hit for one in written for hit in base.find(one, language, direction=_SEARCHED[language])]
            if not any(hit.entry == entry.id for hit in hits):
                takers = ", ".join(sorted({hit.entry for hit in hits})) or "nothing"
                yield _problem("unreachable", entry, f"no {language} spelling that is found; taken by {takers}")


def _useless(entries: Mapping[str, TermEntry]) -> Iterator[Problem]:
    """Fields that can have no effect."""
    for entry in entries.values():
        spelt = entry.bn.expansion or entry.en.expansion
        if entry.first_mention == "expand" and not spelt:
            yield _problem("no-expansion", entry, "first_mention: expand without an expansion")
        if entry.confusable_with and not entry.cues and not spelt:
            yield _problem("no-evidence", entry, "confusable_with without cues or expansion")
