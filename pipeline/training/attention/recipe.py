"""`setu train attention`: states, ranks, training and export of one direction, under a finished guide."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from pipeline.errors import InputError
from pipeline.training.align import Aligned, align
from pipeline.training.attention.exporting import attention_arrays
from pipeline.training.attention.fitting import fit_attention
from pipeline.training.attention.lessons import Course, Part, ranks, shares, usable
from pipeline.training.attention.network import known_rows
from pipeline.training.attention.settings import AttentionSettings
from pipeline.training.guide.examples import Lesson, Longs, select
from pipeline.training.guide.heads import read_states, save_arrays
from pipeline.training.guide.opened import Guide, open_guide, read_arrays
from pipeline.training.guide.recipe import require_packages
from pipeline.training.guide.synthetic import Taught, corpus_of, read_taught, synthetic_states, usual_case
from pipeline.training.prepare import read_tokens, require_data

__all__ = ["train_attention"]

Say = Callable[[str], None]


def train_attention(
    work: Path, direction: str, settings: AttentionSettings, say: Say, *, back_translated: Sequence[Path] = ()
) -> None:
    """Train one round of a direction's attention model into WORK/guide/attention.DIRECTION.npz.

    The states of all pairs are read anew by every run and removed at its end. The checkpoint
    WORK/guide/attention.DIRECTION.ckpt stays: a killed run goes on from it, and a finished one by a new round.

    Raises:
        InputError: no prepared data, no finished guide, no torch, a back-translated file that cannot be used, no pair
            that teaches, or a checkpoint that does not fit.
    """
    require_data(work)
    require_packages("torch", command="setu train attention")
    guide = open_guide(work)
    if guide is None:
        raise InputError(
            where=str(work / "guide"), found="no such folder", expected="a finished guide",
            do="Run `setu train guide` first.",
        )  # fmt: skip
    taught = read_taught(back_translated, settings.back, say).get(direction, [])
    aligned, folder = align(work), work / "guide"
    joint = read_arrays(folder / f"joint.{direction}.npz")
    words = aligned.words[direction[3:]][: known_rows(joint)]
    scratch = [folder / f"states.attention.{direction}{kind}.npy" for kind in ("", ".back")]

    def told(text: str) -> None:
        say(f"{direction}: {text}")

    try:
        parts, held = _real(work, direction, aligned, guide, settings, path=scratch[0], known=len(words), say=told)
        if taught:
            parts += [_synthetic(work, direction, taught, guide, settings, path=scratch[1], words=words, say=told)]
        origin = f"{guide.order_mark(direction)} {hashlib.sha256(repr(words).encode()).hexdigest()}"
        weights = fit_attention(
            Course.of(parts, held, settings), joint, origin=origin,
            checkpoint=folder / f"attention.{direction}.ckpt", say=lambda text: told(f"attention model: {text}"),
        )  # fmt: skip
    finally:
        for path in scratch:
            path.unlink(missing_ok=True)
    save_arrays(folder / f"attention.{direction}.npz", attention_arrays(weights))
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
