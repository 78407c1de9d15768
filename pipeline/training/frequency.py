"""Words as often as people write them: a bonus for each frequent word, found by translating and counting.

A search for the likeliest words takes the frequent ones too often: in 400 lines of each held-out file version 2.3.0
wrote twice as many জন্য and এক as the references have, three times as many সঙ্গে, and two thirds of the এবং. One reward
for all words cannot mend that, nor can n-best lists, where the candidates share most words; counting whole translations
can. The bonus of a word moves by the logarithm of how much too seldom it comes, the lines are translated again, and the
round that scores best is kept. A bonus lies in the score of the phrases: the search does not change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.decoder import SearchSettings
from pipeline.engines.compact.options import MAX_WORDS
from pipeline.engines.compact.smt import Job
from pipeline.engines.compact.text import class_of, join
from pipeline.training.tune import Setup, matches, metric, profile

__all__ = ["FrequencySettings", "bonuses", "fit_bonuses"]

BATCH = 64


@dataclass(frozen=True, slots=True)
class FrequencySettings:
    """How far bonuses go."""

    rounds: int = 4
    rate: float = 0.35
    """Bonus for each unit of the logarithm that a word is too seldom."""
    least: int = 50
    """Occurrences in translations and references together from which a word has a bonus."""
    smooth: float = 10.0
    """Added to both counts: what chance may do."""
    most: float = 2.0
    """Bonus or malus of one word at most."""
    gain: float = 0.25
    """What bonuses must add to the metric to be kept: less is chance."""
    search: SearchSettings = field(default_factory=SearchSettings)


def bonuses(words: Sequence[str], found: Mapping[str, float]) -> npt.NDArray[np.float32]:
    """The bonus of every target word (number of words,); capitals share that of their small form."""
    return np.array([found.get(word.lower(), 0.0) for word in words], np.float32)


def fit_bonuses(
    setup: Setup,
    weights: Mapping[str, float],
    pairs: Sequence[tuple[Job, str, Sequence[str]]],
    settings: FrequencySettings | None = None,
) -> tuple[dict[str, float], list[float]]:
    """Bonuses by lower-case form, and the metric of each round; the first round is without any.

    Args:
        setup: the phrases, language model and joint model that `weights` were tuned with.
        weights: those weights.
        pairs: job, reference, and the reference's forms as the model has them.
        settings: how far to go.
    """
    settings = settings or FrequencySettings()
    pairs = sorted((p for p in pairs if len(p[0].tokens) <= MAX_WORDS), key=lambda p: len(p[0].tokens))
    wanted = Counter(form.lower() for _, _, forms in pairs for form in forms)
    found: dict[str, float] = {}
    rounds: list[dict[str, float]] = []
    history: list[float] = []
    frequent: set[str] | None = None
    for _ in range(settings.rounds + 1):
        value, written = _round(setup, weights, found, pairs, settings.search)
        history.append(value)
        rounds.append(found)
        if frequent is None:
            frequent = {w for w, n in (wanted + written).items() if n >= settings.least}
        found = {w: _moved(found.get(w, 0.0), wanted[w], written[w], settings) for w in sorted(frequent)}
    best = int(np.argmax(history))
    return (rounds[best] if history[best] >= history[0] + settings.gain else {}), history


def _moved(bonus: float, wanted: int, written: int, settings: FrequencySettings) -> float:
    step = settings.rate * np.log((wanted + settings.smooth) / (written + settings.smooth))
    return round(float(np.clip(bonus + step, -settings.most, settings.most)), 4)


def _round(
    setup: Setup, weights: Mapping[str, float], found: Mapping[str, float],
    pairs: Sequence[tuple[Job, str, Sequence[str]]], search: SearchSettings,
) -> tuple[float, Counter[str]]:  # fmt: skip
    """The metric of translating all pairs, and how often each form was written."""
    book, _ = setup.book(weights, bonus=bonuses(setup.target, found))
    total, written = np.zeros(0), Counter[str]()
    for at in range(0, len(pairs), BATCH):
        batch = pairs[at : at + BATCH]
        for (_, reference, _), drafts in zip(batch, book.search([job for job, _, _ in batch], search), strict=True):
            forms = [word.form for word in drafts[0].words] if drafts else []
            written.update(class_of(form).lower() for form in forms)
            counts = matches(profile(join(forms)), profile(reference))
            total = total + counts if total.size else counts
    return metric(total), written
