"""The steps of `setu train` over a work folder: data, fit, export; each keeps its results there and resumes.

With a guide in the work folder the sources are fitted in the order of the target, with the joint model. Phrases and
weights are marked with the guide that they were made with, so that they are never used with another or without.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from pipeline.engines.compact import store
from pipeline.engines.compact.decoder import Weights
from pipeline.engines.compact.smt import Job
from pipeline.engines.compact.table import phrase_keys
from pipeline.engines.compact.text import Splitter, class_of, tokenize
from pipeline.errors import InputError
from pipeline.training.align import Aligned, align
from pipeline.training.corpus import Sources, read_extra, read_held_out_pairs, read_pairs, read_romanised
from pipeline.training.frequency import bonuses, fit_bonuses
from pipeline.training.guide.opened import ATTENTIONS, DIRECTIONS, JOINTS, Guide, copy_guide, open_guide
from pipeline.training.guide.permute import flat_order, permuted
from pipeline.training.guide.recipe import CHECKPOINT
from pipeline.training.lm import Estimate, estimate, flatten
from pipeline.training.prepare import LISTS, prepare, read_counts, read_tokens, require_data
from pipeline.training.spelling import SpellTables, name_pairs, train_speller
from pipeline.training.table import Features, build, load_features, measure, save_features, without_drops
from pipeline.training.templates import expand
from pipeline.training.tune import START, Setup, TuneSettings, tune

__all__ = ["DIRECTIONS", "data", "export", "fit"]

LM_WEIGHT = 0.4
"""Pairs of at least this weight also teach the language models."""
LEAST = (1, 1, 2, 2)
"""Occurrences that keep an n-gram, by order."""
MOST = {"bn": 1_800_000, "en": 2_200_000}
"""N-grams of a language model above single words, about: what the model folder has room for."""
FUSION = {
    "bn-en": {"grams": [1.2, 0.7, 0.5, 0.2]},
    "en-bn": {"grams": [1.8, 1.0, 0.8, 0.3], "longest": 24, "lost": 3.0, "model": 2.6, "rare": 3000, "word": 1.4},
}  # fmt: skip
"""By direction, what the beam of its attention model weighs otherwise than `FusionWeights` does by itself."""
THOROUGH = {
    "bn-en": {"longest": 40},
    "en-bn": {"grams": [2.3, 1.3, 1.0, 0.4], "longest": 36, "lost": 2.7, "model": 2.2},
}  # fmt: skip
"""And what it weighs otherwise than that where time does not matter (`compact:thorough`)."""
TUNE_ON = 250
"""Pairs of each held-out file that weights are tuned on; the rest measures what tuning did not see."""
COUNT_ON = 400
"""Pairs of each held-out file that the frequencies of words are fitted on: they need more."""
SPELL_SEARCH = Weights(lm=0.5, word=0.8, distortion=1.0, reorder=0.0)
Say = Callable[[str], None]


def data(  # noqa: PLR0913 (each is an option of the command)
    corpora: Path, work: Path, sources: Sources, say: Say, *, extra: Iterable[Path] = (), clean_licences: bool = False
) -> None:
    """Read, clean and tokenise everything; templates and extra TSV files join the pairs."""
    more = [*expand(), *(pair for path in extra for pair in read_extra(path, sources))]
    counts = prepare(corpora, work, sources, extra=more, clean_licences=clean_licences)
    guide = (CHECKPOINT, "kept.json", *JOINTS, *ATTENTIONS)
    stale = ("aligned.npz", "speller.npz", *(f"guide/{name}" for name in guide))
    for path in (*(work / name for name in stale), *work.glob("features.*.npz")):
        path.unlink(missing_ok=True)  # made from the data before
    facts = {
        "sources": dict(sources.files),
        "clean_licences": clean_licences,
        "counts": counts,
        "extra": sorted(p.name for p in extra),
    }
    (work / "data.json").write_text(json.dumps(facts, indent=2), "utf-8")
    say(f"data: {counts}")


def fit(corpora: Path, work: Path, sources: Sources, say: Say, *, settings: TuneSettings | None = None) -> None:
    """Align, measure phrases, estimate language models, tune weights; under the guide where the work folder has one."""
    require_data(work)
    guide = open_guide(work)
    aligned = align(work)
    say(f"aligned: {len(aligned.corpus.links)} links{', with a guide' if guide else ''}")
    for d in DIRECTIONS:
        features = directed(work, aligned, d, guide=guide, say=say)
        say(f"{d}: {len(features.key)} phrase pairs")
        lm, joint = language_model(work, aligned, d[3:]).model(), guide.joints[d] if guide else None
        setup = Setup(*vocabularies(aligned, d), features, lm, fold=d == "en-bn", joint=joint)
        pairs = held_out(corpora, sources, work, d, guide=guide)
        weights, history = tune(setup, pairs, settings, start=_start(work, d))
        say(f"{d}: tuned, metric by round {[round(x, 2) for x in history]}")
        words, counted = frequencies(corpora, sources, work, d, setup=setup, weights=weights, guide=guide)
        facts = {
            "weights": weights, "history": history, "words": words, "word_history": counted,
            "guide": guide.mark(d) if guide else None,
        }  # fmt: skip
        (work / f"weights.{d}.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False), "utf-8")
        say(f"{d}: {len(words)} words with a bonus, metric by round {[round(x, 2) for x in counted]}")


def frequencies(  # noqa: PLR0913 (what a fit knows of a direction)
    corpora: Path, sources: Sources, work: Path, direction: str, *,
    setup: Setup, weights: Mapping[str, float], guide: Guide | None,
) -> tuple[dict[str, float], list[float]]:  # fmt: skip
    """Bonuses of frequent target words, and the metric of each round of finding them."""
    splitter = Splitter(read_counts(work))
    pairs = held_out(corpora, sources, work, direction, guide=guide, lines=COUNT_ON)
    cut = splitter.tokens if direction.endswith("bn") else list
    return fit_bonuses(setup, weights, [(job, text, [t.form for t in cut(tokenize(text))]) for job, text in pairs])


def _start(work: Path, direction: str) -> dict[str, float]:
    """The weights of the last fit; without a guide that of the joint model says nothing."""
    path = work / f"weights.{direction}.json"
    saved = json.loads(path.read_text("utf-8")) if path.is_file() else {"weights": {}}
    if not saved.get("guide"):
        saved["weights"].pop("joint", None)
    return {**START, **saved["weights"]}


def directed(
    work: Path, aligned: Aligned, direction: str, *, guide: Guide | None = None, say: Say | None = None
) -> Features:
    """The measured phrase pairs of a direction, from the work folder when they are there.

    Those of a guide stand in a file named after it, and those of guides before are dropped. The guide orders no pair of
    weight 0: it has no links here, and so no phrases.
    """
    path = work / f"features.{direction}.npz"
    if guide:
        path = path.with_suffix(f".{guide.order_mark(direction)}.npz")
        for stale in set(work.glob(f"features.{direction}.*.npz")) - {path}:
            stale.unlink()
    if not path.is_file():
        corpus = aligned.direction(direction)
        if guide:
            tokens = read_tokens(work / f"pairs.{direction[:2]}.tok")
            order = flat_order(tokens, guide.arrange(direction), wanted=corpus.weight > 0, say=say)
            corpus = permuted(corpus, order)
        save_features(path, without_drops(measure(corpus), _number_keys(vocabularies(aligned, direction)[0])))
    return load_features(path)


def _number_keys(source: dict[str, int]) -> np.ndarray:
    ids = np.array([k for form, k in source.items() if "⟨" in form or any(c.isdigit() for c in form)] + [0], np.int32)
    return phrase_keys(ids, np.arange(len(ids)), np.ones(len(ids), np.int64))


def vocabularies(aligned: Aligned, direction: str) -> tuple[dict[str, int], list[str]]:
    """Ids of the source forms and the list of target forms."""
    if direction == "bn-en":
        return {w: k for k, w in enumerate(aligned.words["bn"])}, aligned.words["en"]
    return store.folded(aligned.words["en"]), aligned.words["bn"]


def language_model(work: Path, aligned: Aligned, language: str) -> Estimate:
    """The n-gram model of a language, from the news and the better pairs."""
    index = {w: k for k, w in enumerate(aligned.words[language])}
    weights = [w for _, w in json.loads((work / "pairs.json").read_text("utf-8"))]
    good = (
        words
        for words, w, tag in zip(read_tokens(work / f"pairs.{language}.tok"), weights, aligned.tags, strict=True)
        if w >= LM_WEIGHT and not tag.startswith(LISTS)
    )
    texts = [
        [index.get(class_of(w), 1) for w in words]
        for source in (read_tokens(work / f"mono.{language}.tok"), good)
        for words in source
    ]
    return estimate(flatten(texts, 4), len(index), least=LEAST, most=MOST[language])


def held_out(  # noqa: PLR0913 (where from, which, how arranged)
    corpora: Path, sources: Sources, work: Path, direction: str, *, guide: Guide | None = None, lines: int = TUNE_ON
) -> list[tuple[Job, str]]:
    """Jobs and references of the first lines of each file; as the engine arranges them where there is a guide."""
    splitter = Splitter(read_counts(work))
    pairs = [p for name in sources.held_out for p in read_held_out_pairs(corpora, sources, name)[:lines]]
    if direction == "bn-en":
        jobs, references = [Job(splitter.tokens(tokenize(bn))) for bn, _ in pairs], [en for _, en in pairs]
    else:
        jobs, references = [Job(tokenize(en)) for _, en in pairs], [bn for bn, _ in pairs]
    return list(zip(guide.arranged(direction, jobs) if guide else jobs, references, strict=True))


def speller(corpora: Path, work: Path, sources: Sources, aligned: Aligned, *, clean_licences: bool) -> SpellTables:
    """Train the speller on the names of the corpora."""
    pairs = read_pairs(corpora, sources, clean_licences=clean_licences)
    names = name_pairs(pairs, read_romanised(corpora, sources), aligned)
    first, second = ([pair[k] for pair in names if names[pair] >= 1] for k in (0, 1))
    words = {"bn": [*first, *_seen(work, "bn")], "en": [*second, *_seen(work, "en")]}
    return train_speller(names, words)


def _seen(work: Path, language: str) -> list[str]:
    """Rare Bengali words, or capitalised English ones: what unknown words look like."""
    counts: dict[str, int] = {}
    for words in read_tokens(work / f"mono.{language}.tok"):
        for word in words[1:]:
            if word[:1].isupper() if language == "en" else "\u0980" <= word[:1] <= "\u09ff":
                counts[word] = counts.get(word, 0) + 1
    return [w.lower() for w, n in counts.items() if n >= 2 and (language == "en" or n < 50)]  # noqa: PLR2004 (rare, not misspelt)


def export(  # noqa: PLR0913 (each is an argument of the command)
    corpora: Path, work: Path, sources: Sources, say: Say, *, destination: Path, version: str
) -> None:
    """Write the model folder whole, beside the old one, then put it in its place; a model card there is kept."""
    require_data(work)
    guide, aligned = open_guide(work), align(work)
    facts = json.loads((work / "data.json").read_text("utf-8"))
    fitted = {d: _fitted(work, d, guide) for d in DIRECTIONS}
    weights, words = ({d: fits[k] for d, fits in fitted.items()} for k in (0, 1))
    new = destination.with_name(destination.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    store.save_counts(new, read_counts(work))
    for d in DIRECTIONS:
        features = directed(work, aligned, d, guide=guide, say=say)
        bonus = bonuses(vocabularies(aligned, d)[1], words[d])
        store.save_phrasebook(new, d, build(features, weights[d], reorder=weights[d]["reorder"], bonus=bonus)[0])
    for language in ("bn", "en"):
        lm = language_model(work, aligned, language)
        store.save_language(new, language, aligned.words[language], lm.grams, lm.unigrams)
    spell = speller(corpora, work, sources, aligned, clean_licences=facts["clean_licences"])
    for language, characters in spell.characters.items():
        store.save_language(
            new, f"letters.{language}", characters, spell.lms[language].grams, spell.lms[language].unigrams
        )
    for d, table in spell.tables.items():
        store.save_phrasebook(new, f"letters.{d}", table)
    names = ("lm", "word", "distortion", "joint", "order") if guide else ("lm", "word", "distortion")
    search = {d: {name: w[name] for name in names} for d, w in weights.items()}
    if guide:
        copy_guide(work, new)
    search |= {f"letters.{d}": asdict(replace(SPELL_SEARCH)) for d in DIRECTIONS}
    fusion = {"fusion": FUSION, "thorough": THOROUGH}
    store.save_manifest(new, {"version": version, "weights": search, **fusion, "data": facts})
    _swap(new, destination)
    size = sum(p.stat().st_size for p in destination.rglob("*") if p.is_file())
    say(f"exported {size / 1e6:.1f} MB to {destination}")


def _fitted(work: Path, direction: str, guide: Guide | None) -> tuple[dict[str, float], dict[str, float]]:
    """The weights of the fit and its bonuses of words (none in a fit of before 2.4.0).

    Raises:
        InputError: there is no fit, or it was made with another guide, or without one.
    """
    path = work / f"weights.{direction}.json"
    saved = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    mark = guide.mark(direction) if guide else None
    if not saved or saved.get("guide") != mark:
        found = f"guide {saved.get('guide')}" if saved else "no such file"
        raise InputError(
            where=str(path), found=found, expected=f"weights fitted with guide {mark}", do="Run `setu train fit`."
        )
    return saved["weights"], saved.get("words", {})


def _swap(new: Path, destination: Path) -> None:
    card = destination / "README.md"
    if card.is_file():
        shutil.copy(card, new / card.name)
    old = destination.with_name(destination.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if destination.exists():
        destination.rename(old)
    new.rename(destination)
    shutil.rmtree(old, ignore_errors=True)
