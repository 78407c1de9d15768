"""The steps of `setu train` over a work folder: data, fit, export; each keeps its results there and resumes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from pipeline.engines.compact import store
from pipeline.engines.compact.decoder import Weights
from pipeline.engines.compact.smt import Phrasebook
from pipeline.engines.compact.table import phrase_keys
from pipeline.engines.compact.text import Splitter, Token, class_of, tokenize
from pipeline.errors import InputError
from pipeline.training.align import Aligned, align
from pipeline.training.corpus import Sources, read_extra, read_held_out_pairs, read_pairs, read_romanised
from pipeline.training.lm import Estimate, estimate, flatten
from pipeline.training.prepare import LISTS, prepare, read_counts, read_tokens
from pipeline.training.spelling import SpellTables, name_pairs, train_speller
from pipeline.training.table import Features, build, load_features, measure, save_features, without_drops
from pipeline.training.templates import expand
from pipeline.training.tune import Setup, TuneSettings, tune

__all__ = ["DIRECTIONS", "data", "export", "fit"]

DIRECTIONS = ("bn-en", "en-bn")
LM_WEIGHT = 0.4
"""Pairs of at least this weight also teach the language models."""
LEAST = (1, 1, 2, 2)
"""Occurrences that keep an n-gram, by order: the size of the models."""
TUNE_ON = 250
"""Pairs of each held-out file that weights are tuned on; the rest measures what tuning did not see."""
SPELL_SEARCH = Weights(lm=0.5, word=0.8, distortion=1.0, reorder=0.0)
Say = Callable[[str], None]


def data(  # noqa: PLR0913 (each is an option of the command)
    corpora: Path, work: Path, sources: Sources, say: Say, *, extra: Iterable[Path] = (), clean_licences: bool = False
) -> None:
    """Read, clean and tokenise everything; templates and extra TSV files join the pairs."""
    more = [*expand(), *(pair for path in extra for pair in read_extra(path, sources))]
    counts = prepare(corpora, work, sources, extra=more, clean_licences=clean_licences)
    for name in ("aligned.npz", "speller.npz", *(f"features.{d}.npz" for d in DIRECTIONS)):
        (work / name).unlink(missing_ok=True)  # made from the data before
    facts = {
        "sources": dict(sources.files),
        "clean_licences": clean_licences,
        "counts": counts,
        "extra": sorted(p.name for p in extra),
    }
    (work / "data.json").write_text(json.dumps(facts, indent=2), "utf-8")
    say(f"data: {counts}")


def fit(corpora: Path, work: Path, sources: Sources, say: Say, *, settings: TuneSettings | None = None) -> None:
    """Align, measure phrases, estimate language models, tune weights."""
    if not (work / "data.json").is_file():
        raise InputError(
            where=str(work), found="no data.json", expected="prepared data", do="Run `setu train data` first."
        )
    aligned = align(work)
    say(f"aligned: {len(aligned.corpus.links)} links")
    for d in DIRECTIONS:
        features = directed(work, aligned, d)
        say(f"{d}: {len(features.key)} phrase pairs")
        path = work / f"weights.{d}.json"
        start = json.loads(path.read_text("utf-8"))["weights"] if path.is_file() else None
        setup = Setup(
            *vocabularies(aligned, d), features, language_model(work, aligned, d[3:]).model(), fold=d == "en-bn"
        )
        pairs = held_out(corpora, sources, work, d)
        weights, history = tune(setup, pairs, settings, **({"start": start} if start else {}))
        path.write_text(json.dumps({"weights": weights, "history": history}, indent=2), "utf-8")
        say(f"{d}: tuned, metric by round {[round(x, 2) for x in history]}")


def directed(work: Path, aligned: Aligned, direction: str) -> Features:
    """The measured phrase pairs of a direction, from the work folder when they are there."""
    path = work / f"features.{direction}.npz"
    if not path.is_file():
        features = measure(aligned.direction(direction))
        save_features(path, without_drops(features, _number_keys(vocabularies(aligned, direction)[0])))
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
    return estimate(flatten(texts, 4), len(index), least=LEAST)


def held_out(corpora: Path, sources: Sources, work: Path, direction: str) -> list[tuple[Sequence[Token], str]]:
    """Source tokens and references that weights are tuned on."""
    splitter = Splitter(read_counts(work))
    out: list[tuple[Sequence[Token], str]] = []
    for name in sources.held_out:
        for bn, en in read_held_out_pairs(corpora, sources, name)[:TUNE_ON]:
            out.append((splitter.tokens(tokenize(bn)), en) if direction == "bn-en" else (tokenize(en), bn))
    return out


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
    aligned = align(work)
    facts = json.loads((work / "data.json").read_text("utf-8"))
    new = destination.with_name(destination.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    store.save_counts(new, read_counts(work))
    weights = {d: json.loads((work / f"weights.{d}.json").read_text("utf-8"))["weights"] for d in DIRECTIONS}
    for d in DIRECTIONS:
        store.save_phrasebook(new, d, build(directed(work, aligned, d), weights[d], reorder=weights[d]["reorder"])[0])
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
    search = {d: {"lm": w["lm"], "word": w["word"], "distortion": w["distortion"]} for d, w in weights.items()}
    search |= {f"letters.{d}": asdict(replace(SPELL_SEARCH)) for d in DIRECTIONS}
    store.save_manifest(new, {"version": version, "weights": search, "data": facts})
    _swap(new, destination)
    say(f"exported {sum(p.stat().st_size for p in destination.iterdir()) / 1e6:.1f} MB to {destination}")


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


def phrasebook(
    aligned: Aligned, direction: str, features: Features, weights: dict[str, float], lm: Estimate
) -> Phrasebook:
    """A phrasebook straight from the work folder, for mining and back-translation without an export."""
    return Setup(*vocabularies(aligned, direction), features, lm.model(), fold=direction == "en-bn").book(weights)[0]
