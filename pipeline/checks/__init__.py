"""Stage 4a: (source, target, matches) → findings; and checks of one document alone.

Every check is a small function that measures and yields what it saw; its severity stands here and may be
changed in `CheckConfig`. The first line of its docstring is its title in the user interface.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Generic, TypeVar

from pipeline.checks import (
    adequacy,
    consistency,
    dates,
    document,
    length,
    names,
    negation,
    numbers,
    punctuation,
    roles,
    script,
    terms,
)  # fmt: skip
from pipeline.checks.model import Adequacy, CheckConfig, Pair, PairCheck, Seen, Side, Terms, View
from pipeline.errors import InputError
from pipeline.records import Finding, Language, Severity

__all__ = [
    "ACROSS_CHECKS", "CHECKS", "DOCUMENT_CHECKS", "PAIR_CHECKS", "Adequacy", "Check", "CheckConfig", "Pair", "Seen",
    "Terms", "check_document", "check_pairs", "check_segment", "configure",
]  # fmt: skip

F = TypeVar("F")
AcrossCheck = Callable[[Sequence[Pair], CheckConfig], Iterator[tuple[int, Seen]]]
DocumentCheck = Callable[[Side, CheckConfig], Iterator[Seen]]


@dataclass(frozen=True, slots=True)
class Check(Generic[F]):
    """A registered check."""

    function: F
    severity: Severity

    @property
    def title(self) -> str:
        """What the user interface calls it."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0].rstrip(".")


# Of one source and its translation.
PAIR_CHECKS: Final[Mapping[str, Check[PairCheck]]] = {
    "empty": Check(length.empty, "error"),
    "numbers": Check(numbers.numbers, "error"),
    "number-words": Check(numbers.number_words, "warning"),
    "percentages": Check(numbers.percentages, "error"),
    "money": Check(numbers.money, "error"),
    "units": Check(numbers.units, "error"),
    "codes": Check(numbers.codes, "error"),
    "dates": Check(dates.dates, "error"),
    "weekdays": Check(dates.weekdays, "error"),
    "negation": Check(negation.negation, "warning"),
    "roles": Check(roles.roles, "warning"),
    "term-missing": Check(terms.term_missing, "error"),
    "term-forbidden": Check(terms.term_forbidden, "error"),
    "term-doubled": Check(terms.term_doubled, "warning"),
    "term-first-mention": Check(terms.term_first_mention, "warning"),
    "names": Check(names.names, "info"),
    "untranslated": Check(script.untranslated, "error"),
    "wrong-script": Check(script.wrong_script, "error"),
    "mixed-digits": Check(script.mixed_digits, "warning"),
    "omission": Check(length.omission, "warning"),
    "addition": Check(length.addition, "warning"),
    "repetition": Check(length.repetition, "error"),
    "brackets": Check(punctuation.brackets, "warning"),
    "quotes": Check(punctuation.quotes, "warning"),
    "question": Check(punctuation.question, "warning"),
    "sentence-end": Check(punctuation.sentence_ends, "warning"),
    "double-space": Check(punctuation.double_spaces, "info"),
}

# Of all pairs of a document together.
ACROSS_CHECKS: Final[Mapping[str, Check[AcrossCheck]]] = {
    "one-source": Check(consistency.one_source, "warning"),
    "one-target": Check(consistency.one_target, "warning"),
}

# Of one text alone, source or target.
DOCUMENT_CHECKS: Final[Mapping[str, Check[DocumentCheck]]] = {
    "weekday-date": Check(document.weekday_date, "error"),
    "name-spelling": Check(document.names, "warning"),
    "document-digits": Check(document.digits, "info"),
    "document-brackets": Check(document.unclosed_brackets, "warning"),
    "document-quotes": Check(document.unclosed_quotes, "warning"),
}

# By measures that need an extra; they run when they are given the measure.
MEASURED_CHECKS: Final[Mapping[str, Check[Callable[..., Iterator[tuple[int, Seen]]]]]] = {
    "adequacy": Check(adequacy.adequacy, "warning"),
}

CHECKS: Final[Mapping[str, Check[Any]]] = {**PAIR_CHECKS, **ACROSS_CHECKS, **DOCUMENT_CHECKS, **MEASURED_CHECKS}
_SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")


def configure(values: Mapping[str, Any]) -> CheckConfig:
    """A configuration from plain values, as a file or an option gives them.

    Args:
        values: fields of `CheckConfig`; `severities` maps check names to severities, `off` lists check names.

    Raises:
        InputError: an unknown field, check or severity; the message names the valid ones.
    """
    valid = set(CheckConfig.__dataclass_fields__)
    for field in values:
        _require(field, valid, "check setting")
    for name in (*values.get("severities", {}), *values.get("off", ())):
        _require(name, set(CHECKS), "check")
    for severity in values.get("severities", {}).values():
        _require(severity, set(_SEVERITIES), "severity")
    given = dict(values)
    if "off" in given:
        given["off"] = frozenset(given["off"])
    return CheckConfig(**given)


def _require(found: str, valid: set[str], what: str) -> None:
    if found not in valid:
        raise InputError(
            where=f"{what} {found!r}",
            found=f"no such {what}",
            expected=f"one of {', '.join(sorted(valid))}",
            do="Correct the name.",
        )


def _on(checks: Mapping[str, Check[F]], config: CheckConfig) -> Iterator[tuple[str, F, Severity]]:
    """The checks that run, with the severity that the configuration gives them."""
    for name in (*config.off, *config.severities):
        _require(name, set(CHECKS), "check")
    for name, check in checks.items():
        if name not in config.off:
            yield name, check.function, config.severities.get(name, check.severity)


def _finding(name: str, severity: Severity, seen: Seen) -> Finding:
    return Finding(name, severity, seen.message, seen.source, seen.target, seen.evidence)


def check_segment(pair: Pair, *, termbase: Terms | None = None, config: CheckConfig | None = None) -> list[Finding]:
    """Every finding of the checks of one pair; spans are offsets into the pair's source and target.

    An empty translation has that one finding: the others would only repeat it.

    Raises:
        InputError: the configuration names a check that does not exist.
    """
    config = config or CheckConfig()
    view = View(pair, termbase)
    found = []
    for name, function, severity in _on(PAIR_CHECKS, config):
        found += [_finding(name, severity, seen) for seen in islice(function(view, config), config.most)]
        if name == "empty" and found:
            break
    return found


def check_pairs(
    pairs: Sequence[Pair], *, config: CheckConfig | None = None, adequacy_of: Adequacy | None = None
) -> dict[int, list[Finding]]:
    """Findings across the pairs of a document, by index of the pair; spans as in `check_segment`.

    Args:
        pairs: all pairs of one document, in order.
        config: thresholds and severities.
        adequacy_of: measures similarity of meaning; without it that check does not run.
    """
    config = config or CheckConfig()
    found: dict[int, list[Finding]] = {}
    for name, function, severity in _on(ACROSS_CHECKS, config):
        for index, seen in function(pairs, config):
            found.setdefault(index, []).append(_finding(name, severity, seen))
    for name, measured, severity in _on(MEASURED_CHECKS, config) if adequacy_of else ():
        for index, seen in measured(pairs, config, adequacy_of):
            found.setdefault(index, []).append(_finding(name, severity, seen))
    return found


def check_document(
    text: str, language: Language, termbase: Terms | None = None, *, config: CheckConfig | None = None
) -> list[Finding]:
    """Findings about one text alone; spans are `source_span` whichever side the text is.

    Contested acronyms are `pipeline.acronyms.judge`'s. The term base is not asked yet; it keeps the place of
    checks that need one.
    """
    del termbase
    config = config or CheckConfig()
    side = Side(text, language)
    found = []
    for name, function, severity in _on(DOCUMENT_CHECKS, config):
        found += [_finding(name, severity, seen) for seen in islice(function(side, config), config.most)]
    return found
