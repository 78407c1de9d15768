"""Stage 4b: sacreBLEU's metrics against references, their uncertainty, and how terms fared.

chrF++ leads: it needs no tokeniser and is kind to the endings of Bengali words. BLEU uses `intl` for
Bengali, because the default `13a` leaves "বলেছেন।" as one token. Resampling is sacreBLEU's own scheme (Koehn,
"Statistical Significance Tests for Machine Translation Evaluation", EMNLP 2004) with a seed of ours, so that
neither the environment nor memory decides a figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.errors import InputError
from pipeline.records import Language, TermEntry, TermMatch
from pipeline.text import key

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "BaselineScore", "CorpusScore", "MetricScore", "ScoreConfig", "TermLookup", "TermScore", "score_corpus",
    "score_terms", "sentence_chrf",
]  # fmt: skip

# Name in results → name of the class in sacreBLEU, in the order that tables show.
METRICS: dict[str, str] = {"chrf": "CHRF", "bleu": "BLEU", "ter": "TER"}
LEAD = "chrf"
BLEU_TOKENIZERS: dict[Language, str] = {"bn": "intl", "en": "13a"}
# ড় ঢ় য়: one code point (as models and corpora write them) and NFC's base letter with NUKTA (as news sites do).
NUKTA: dict[str, str] = {"\u09dc": "\u09a1\u09bc", "\u09dd": "\u09a2\u09bc", "\u09df": "\u09af\u09bc"}


@dataclass(frozen=True, slots=True)
class ScoreConfig:
    """How scores are computed."""

    resamples: int = 1000
    """Bootstrap samples for intervals and significance; below 2 there are none of either."""
    seed: int = 12345
    """sacreBLEU's default."""
    unify: bool = True
    """Where texts spell ড় ঢ় য় with different code points, respell them as the references mostly do."""


@dataclass(frozen=True, slots=True)
class MetricScore:
    """One metric over a corpus, 0 to 100 (TER may pass 100, and less of it is better)."""

    score: float
    signature: str
    ci: tuple[float, float] | None = None
    """95 % bootstrap interval."""

    def to_json(self) -> dict[str, Any]:
        """Figures with two decimals, as sacreBLEU prints them."""
        ci = [round(bound, 2) for bound in self.ci] if self.ci else None
        return {"score": round(self.score, 2), "signature": self.signature, "ci": ci}


@dataclass(frozen=True, slots=True)
class BaselineScore:
    """The system less the baseline, in points, and the chance of such a difference between equal systems."""

    delta: float
    p: float | None

    def to_json(self) -> dict[str, Any]:
        """Two decimals for points, four for the probability."""
        return {"delta": round(self.delta, 2), "p": None if self.p is None else round(self.p, 4)}


@dataclass(frozen=True, slots=True)
class TermScore:
    """How glossary terms fared (after WMT25's terminology task)."""

    success_rate: float
    """Per cent of the terms in the source that stand in the target, counted within each segment."""
    consistency: float | None
    """Per cent of a term's renderings that equal its commonest one, over terms rendered twice or more; None
    when there is no such term. A term and its expansion count as one rendering."""
    forbidden: int
    """Renderings that the glossary forbids."""
    n: int
    """Terms in the source."""

    def to_json(self) -> dict[str, Any]:
        """Percentages with two decimals."""
        consistency = None if self.consistency is None else round(self.consistency, 2)
        rate = round(self.success_rate, 2)
        return {"success_rate": rate, "consistency": consistency, "forbidden": self.forbidden, "n": self.n}


@dataclass(frozen=True, slots=True)
class CorpusScore:
    """Everything that is known about one set of translations."""

    metrics: Mapping[str, MetricScore]
    n: int
    """Segments."""
    terms: TermScore | None = None
    baseline: Mapping[str, BaselineScore] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The object of `setu score --json`; the baseline's `delta` and `p` are those of chrF++."""
        baseline = {name: item.to_json() for name, item in self.baseline.items()}
        return {
            **{name: self.metrics[name].to_json() for name in ("bleu", "chrf", "ter")},
            "terms": self.terms.to_json() if self.terms else None,
            "baseline": {**baseline[LEAD], "metrics": baseline} if baseline else None,
            "n": self.n,
        }


class TermLookup(Protocol):
    """What term metrics ask of a term base."""

    @property
    def entries(self) -> Mapping[str, TermEntry]:
        """Entries by id."""
        ...

    def accepted(self, entry_id: str, language: Language) -> tuple[str, ...]:
        """All right renderings of an entry."""
        ...

    def present(self, entry_id: str, text: str, language: Language) -> list[tuple[int, int]]:
        """Spans of right renderings, inflected or not."""
        ...

    def adjectives(self, entry_id: str, text: str, language: Language) -> list[tuple[int, int]]:
        """Spans of adjectives that stand for a place."""
        ...

    def forbidden(self, entry_id: str, text: str, language: Language) -> list[tuple[int, int]]:
        """Spans of forbidden renderings."""
        ...


def score_corpus(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    language: Language,
    *,
    baseline: Sequence[str] | None = None,
    config: ScoreConfig | None = None,
) -> CorpusScore:
    """Score translations against one or more reference streams.

    Args:
        hypotheses: one translation a segment.
        references: streams, each as long as `hypotheses`.
        language: of the translations; chooses the tokeniser of BLEU.
        baseline: translations of the same segments by another system, to compare with.
        config: resampling; the defaults are those of sacreBLEU. `resamples=0` leaves intervals out.

    Raises:
        InputError: there are no segments or no references, or the streams differ in length.
    """
    config = config or ScoreConfig()
    streams = [hypotheses, *references, *([baseline] if baseline is not None else [])]
    check_streams(streams, references)
    marks = ""
    if config.unify:
        streams, marks = unify(streams, references)
    refs = streams[1 : 1 + len(references)]
    rival = streams[-1] if baseline is not None else None
    scored = {name: Scored(name, language, config) for name in METRICS}
    metrics = {name: item.score(streams[0], refs, marks) for name, item in scored.items()}
    compared = {name: item.compare(rival, refs) for name, item in scored.items()} if rival is not None else {}
    return CorpusScore(metrics, len(hypotheses), baseline=compared)


def sentence_chrf(hypothesis: str, reference: str, language: Language) -> float:
    """chrF++ of one segment, two decimals: to rank segments, not to judge a system."""
    (hypotheses, references), _ = unify([[hypothesis], [reference]], [[reference]])
    return round(float(metric_of(LEAD, language).sentence_score(hypotheses[0], references).score), 2)


def check_streams(streams: Sequence[Sequence[str]], references: Sequence[Sequence[str]]) -> None:
    """Refuse what sacreBLEU would truncate or crash on.

    Raises:
        InputError: see `score_corpus`.
    """
    lengths = [len(stream) for stream in streams]
    if not references or not lengths[0] or len(set(lengths)) > 1:
        raise InputError(
            where="scoring",
            found=f"{lengths[0]} translations against references of {lengths[1:] or 'no'} segments",
            expected="at least one reference stream, and as many segments in each stream as translations",
            do="Pair every translation with its reference first.",
        )


def unify(streams: Sequence[Sequence[str]], references: Sequence[Sequence[str]]) -> tuple[list[Sequence[str]], str]:
    """Respell nukta letters as the references mostly do; texts that agree already are returned as they are.

    Readers cannot tell the spellings apart, but metrics can: every word with one of these letters would count
    as wrong. Returns the streams and what the signature must say of it.
    """
    whole = "".join(chain.from_iterable(references))
    single = sum(map(whole.count, NUKTA))
    double = sum(map(whole.count, NUKTA.values()))
    respell = NUKTA if double > single else {pair: one for one, pair in NUKTA.items()}
    if not any(old in text for old in respell for text in chain.from_iterable(streams)):
        return list(streams), ""
    return [[replace_all(text, respell) for text in stream] for stream in streams], "|nukta:unified"


def replace_all(text: str, table: Mapping[str, str]) -> str:
    """Every replacement of a table, one after the other."""
    for old, new in table.items():
        text = text.replace(old, new)
    return text


def metric_of(name: str, language: Language) -> Any:
    """A fresh metric of sacreBLEU with the options that suit the language."""
    from sacrebleu import metrics

    options: dict[str, dict[str, Any]] = {
        "chrf": {"word_order": 2},
        "bleu": {"tokenize": BLEU_TOKENIZERS[language], "force": True},
        "ter": {},
    }
    return getattr(metrics, METRICS[name])(**options[name])


class Scored:
    """One metric at work: holds the sufficient statistics that intervals and comparisons share."""

    def __init__(self, name: str, language: Language, config: ScoreConfig) -> None:
        self.metric, self.config = metric_of(name, language), config
        self.value = 0.0
        self.stats: np.ndarray[Any, Any] | None = None

    def score(self, hypotheses: Sequence[str], references: Sequence[Sequence[str]], marks: str) -> MetricScore:
        """The corpus score with its signature (`marks` at its end) and its interval."""
        self.stats, self.value = self.measure(hypotheses, references)
        signature = self.metric.get_signature()
        interval = None
        if self.config.resamples > 1:
            interval = bounds(self.resampled(self.stats))
            signature.update("bs", self.config.resamples)
            signature.update("seed", self.config.seed)
        return MetricScore(self.value, f"{signature.format()}{marks}", interval)

    def compare(self, baseline: Sequence[str], references: Sequence[Sequence[str]]) -> BaselineScore:
        """Paired bootstrap against other translations of the segments scored before."""
        import numpy as np

        stats, value = self.measure(baseline, references)
        delta = self.value - value
        if self.stats is None or self.config.resamples < 2:  # noqa: PLR2004 (one sample is no distribution)
            return BaselineScore(delta, None)
        if np.array_equal(self.stats, stats):  # one system twice; the formula would call it significant
            return BaselineScore(0.0, 1.0)
        gaps = np.abs(self.resampled(self.stats) - self.resampled(stats))
        beyond = int(np.sum(gaps - gaps.mean() > abs(delta)))
        return BaselineScore(delta, (beyond + 1) / (len(gaps) + 1))

    def measure(
        self, hypotheses: Sequence[str], references: Sequence[Sequence[str]]
    ) -> tuple[np.ndarray[Any, Any], float]:
        """Statistics a segment (rows) and the score of their sum."""
        import numpy as np

        rows = self.metric._extract_corpus_statistics(hypotheses, references)  # noqa: SLF001 (no public way)
        return np.array(rows, dtype=np.float64), float(self.metric._aggregate_and_compute(rows).score)  # noqa: SLF001 (as above)

    def resampled(self, stats: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The score of each bootstrap sample; the same samples whenever the number of segments is the same."""
        import numpy as np

        compute = self.metric._compute_score_from_stats  # noqa: SLF001 (no public way)
        rows = draws(len(stats), self.config)
        return np.array([float(compute(stats[row].sum(axis=0)).score) for row in rows])


def draws(n: int, config: ScoreConfig) -> Iterator[np.ndarray[Any, Any]]:
    """Row numbers of each bootstrap sample, one sample at a time: sacreBLEU's draw without its memory."""
    import numpy as np

    generator = np.random.default_rng(config.seed)
    return (generator.choice(n, size=n, replace=True) for _ in range(config.resamples))


def bounds(values: np.ndarray[Any, Any]) -> tuple[float, float]:
    """The middle 95 %: a fortieth is cut on each side."""
    ordered = sorted(values.tolist())
    cut = len(ordered) // 40
    return ordered[cut], ordered[-cut - 1]


def score_terms(
    matches: Sequence[Sequence[TermMatch]], targets: Sequence[str], termbase: TermLookup, language: Language
) -> TermScore | None:
    """Success, consistency and forbidden renderings of the terms found in the sources.

    Args:
        matches: the term matches of each segment; of a contested one the proposed reading counts.
        targets: the translation of each segment.
        termbase: where accepted and forbidden renderings stand.
        language: of the translations.

    Returns None when no term was found.

    Raises:
        ValueError: `matches` and `targets` differ in length; a mistake of the caller.
    """
    pairs = [(wanted(found, termbase), target) for found, target in zip(matches, targets, strict=True)]
    total = sum(sum(required.values()) for required, _ in pairs)
    if not total:
        return None
    renderings: dict[str, Counter[str]] = {}
    hits = banned = 0
    for required, target in pairs:
        for (entry, literal), times in required.items():
            if entry not in termbase.entries:
                hits += min(times, target.count(literal))
                continue
            spans = termbase.present(entry, target, language)
            hits += min(times, len(spans) + len(termbase.adjectives(entry, target, language)))
            banned += len(termbase.forbidden(entry, target, language))
            seen = (rendering(entry, target[start:end], termbase, language) for start, end in spans)
            renderings.setdefault(entry, Counter()).update(seen)
    return TermScore(100 * hits / total, consistency(renderings), banned, total)


def wanted(matches: Sequence[TermMatch], termbase: TermLookup) -> Counter[tuple[str, str]]:
    """How often each entry must be rendered; what must be copied (a link, a handle) is named by its text as well."""
    entries = [(match.proposed or match.entry, match.target) for match in matches if match.status != "unknown"]
    return Counter((entry, "" if entry in termbase.entries else target) for entry, target in entries)


def rendering(entry: str, surface: str, termbase: TermLookup, language: Language) -> str:
    """Which accepted rendering a surface is; the expansion counts as the term itself."""
    side = termbase.entries[entry].side(language)
    written = key(surface, case=False)
    forms = sorted(termbase.accepted(entry, language), key=len, reverse=True)
    form = next((form for form in forms if key(form, case=False) in written), side.term)
    return side.term if form == side.expansion else form


def consistency(renderings: Mapping[str, Counter[str]]) -> float | None:
    """Share of the commonest rendering among all, over terms rendered twice or more, in per cent."""
    often = [counts for counts in renderings.values() if counts.total() > 1]
    if not often:
        return None
    return 100 * sum(max(counts.values()) for counts in often) / sum(counts.total() for counts in often)
