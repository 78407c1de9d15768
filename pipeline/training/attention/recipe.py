"""`setu train attention`: states, ranks, training and export of one direction, under a finished guide."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from pipeline.errors import InputError
from pipeline.records import Direction
from pipeline.training.align import Aligned, align
from pipeline.training.attention.crossing import Crossing, linked_rows, linked_states
from pipeline.training.attention.exporting import attention_arrays
from pipeline.training.attention.fitting import fit_attention
from pipeline.training.attention.lessons import Course, Part, ranks, shares, usable
from pipeline.training.attention.network import known_rows
from pipeline.training.attention.sayable import sayable
from pipeline.training.attention.settings import AttentionSettings
from pipeline.training.backtranslate import TAUGHT
from pipeline.training.guide.examples import Lesson, Longs, select
from pipeline.training.guide.heads import read_states, save_arrays
from pipeline.training.guide.opened import Guide, open_guide, read_arrays
from pipeline.training.guide.recipe import require_packages
from pipeline.training.guide.synthetic import Taught, corpus_of, read_taught, synthetic_states, usual_case
from pipeline.training.prepare import read_tokens, require_data

__all__ = ["train_attention"]

Say = Callable[[str], None]
CROSSED, SHORT = 20_000, 3
"""Sentences whose words tell how states of one language become those of the other; shorter ones are mostly of lists."""


def train_attention(  # noqa: PLR0913 (what a round needs)
    work: Path, direction: Direction, settings: AttentionSettings, say: Say, *, back_translated: Sequence[Path] = (),
    cross: bool = False,
) -> None:  # fmt: skip
    """Train one round of a direction's attention model into WORK/guide/attention.DIRECTION.npz.

    With `cross` a new one begins as the other direction's model, which stands in the same folder.
    The states of all pairs are read anew by every run and removed at its end. The checkpoint
    WORK/guide/attention.DIRECTION.ckpt stays: a killed run goes on from it, and a finished one by a new round.

    Raises:
        InputError: no prepared data, no finished guide, no torch, a back-translated file that cannot be used, no pair
            that teaches, a checkpoint that does not fit, or no model of the other direction to begin as.
    """
    require_data(work)
    require_packages("torch", command="setu train attention")
    guide = open_guide(work)
    if guide is None:
        raise InputError(
            where=str(work / "guide"), found="no such folder", expected="a finished guide",
            do="Run `setu train guide` first.",
        )  # fmt: skip
    aligned, folder = align(work), work / "guide"
    if cross and not (folder / f"attention.{TAUGHT[direction]}.npz").is_file():
        raise InputError(
            where=str(folder / f"attention.{TAUGHT[direction]}.npz"), found="no such file",
            expected="the other direction's attention model",
            do=f"Train it first: `setu train attention --direction {TAUGHT[direction]}`.",
        )  # fmt: skip
    taught = read_taught(back_translated, settings.back, say).get(direction, [])
    joint = read_arrays(folder / f"joint.{direction}.npz")
    words = aligned.words[direction[3:]][: known_rows(joint)]
    scratch = [folder / f"states.attention.{direction}{kind}.npy" for kind in ("", ".back", ".cross")]

    def told(text: str) -> None:
        say(f"{direction}: {text}")

    try:
        parts, held = _real(work, direction, aligned, guide, settings, path=scratch[0], known=len(words), say=told)
        if taught:
            parts += [_synthetic(work, direction, taught, guide, settings, path=scratch[1], words=words, say=told)]
        origin = f"{guide.order_mark(direction)} {hashlib.sha256(repr(words).encode()).hexdigest()}"
        crossing = _crossing(work, direction, aligned, guide, parts[0], path=scratch[2]) if cross else None
        weights = fit_attention(
            Course.of(parts, held, settings), joint, origin=origin, crossing=crossing,
            checkpoint=folder / f"attention.{direction}.ckpt", say=lambda text: told(f"attention model: {text}"),
        )  # fmt: skip
    finally:
        for path in scratch:
            path.unlink(missing_ok=True)
    rows = settings.rows[direction]
    own = sayable(aligned, direction[3:], min(len(words), rows))
    arrays = attention_arrays(weights, own.tolist(), rows=rows, levels=settings.levels)
    save_arrays(folder / f"attention.{direction}.npz", arrays)
    told(f"attention model: finished in {folder}")


def _real(  # noqa: PLR0913 (the parts of a direction)
    work: Path, direction: str, aligned: Aligned, guide: Guide, settings: AttentionSettings, *, path: Path, known: int,
    say: Say,
) -> tuple[list[Part], Longs]:  # fmt: skip
    """The pairs of the corpus, and those of them that are held out.

    Raises:
        InputError: none can teach.
    """
    lesson = Lesson.of(aligned.direction(direction), known)
    fit = usable(lesson, settings)
    held = select(aligned, settings.plan, np.random.default_rng(settings.held_seed)).held
    held = held[fit[held]]
    chosen = np.flatnonzero(fit)
    if len(chosen) == len(held):
        raise InputError(
            where=str(work), found="no pair with links that is short enough", expected="pairs that teach",
            do="Prepare more data, or raise the lengths of the settings.",
        )  # fmt: skip
    say(f"states of {len(chosen)} pairs")
    tokens = read_tokens(work / f"pairs.{direction[:2]}.tok")
    states = read_states(tokens, chosen, lesson, guide.encoder, path)
    rank = ranks(states, chosen, lesson, orderer=guide.orderers[direction[:2]], say=say)
    return [Part(lesson, states, rank, np.where(fit, shares(lesson, aligned.tags, settings), np.float32(0)))], held


def _crossing(  # noqa: PLR0913 (the parts of a direction)
    work: Path, direction: Direction, aligned: Aligned, guide: Guide, part: Part, *, path: Path
) -> Crossing:
    """What the other direction's model begins this one with, from words that are linked with one word alone."""
    other = read_arrays(work / "guide" / f"attention.{TAUGHT[direction]}.npz")
    corpus = aligned.direction(direction)
    sentence = corpus.source_sentence[corpus.links[:, 0]]
    theirs = Lesson.of(aligned.direction(TAUGHT[direction]), known_rows(other))
    read = np.flatnonzero((part.states.first >= 0) & (part.lesson.target_size > SHORT))
    read = np.random.default_rng(CROSSED).permutation(read)[:CROSSED]
    states = read_states(read_tokens(work / f"pairs.{direction[3:]}.tok"), read, theirs, guide.encoder, path)
    here, there = linked_states(corpus.links, sentence, (part.states, part.lesson), (states, theirs))
    links = linked_rows(aligned, direction, part.lesson.known, known_rows(other))
    return Crossing(other, links, here, there)


def _synthetic(  # noqa: PLR0913 (the parts of a direction)
    work: Path, direction: str, taught: Sequence[Taught], guide: Guide, settings: AttentionSettings, *, path: Path,
    words: Sequence[str], say: Say,
) -> Part:  # fmt: skip
    """Back-translated pairs: every pass draws all of them."""
    corpus = corpus_of(taught, words, weight=settings.back.back_weight, case=usual_case(work, direction[3:]))
    lesson = Lesson.of(corpus, len(words))
    fit = usable(lesson, settings)
    say(f"states of {len(taught)} back-translated pairs")
    states = synthetic_states(taught, lesson, guide.encoder, path)
    rank = ranks(states, np.flatnonzero(fit), lesson, orderer=guide.orderers[direction[:2]], say=say)
    return Part(lesson, states, rank, fit.astype(np.float32))
