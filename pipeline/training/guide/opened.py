"""A finished guide, as the steps that fit, tune and export the phrase engine use it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.engines.compact.arrange import arrange, read
from pipeline.engines.compact.encoder import NETWORK, SentenceEncoder, pack
from pipeline.engines.compact.joint import JointModel
from pipeline.engines.compact.reorder import Orderer
from pipeline.engines.compact.smt import Job
from pipeline.engines.compact.store import save_packed
from pipeline.errors import InputError
from pipeline.training.guide.permute import Arrange

__all__ = ["ATTENTIONS", "DIRECTIONS", "Guide", "copy_guide", "open_guide", "read_arrays"]

DIRECTIONS = ("bn-en", "en-bn")
ENCODER = ("encoder/model.bin", "encoder/pieces.json")
JOINTS = tuple(f"joint.{d}.npz" for d in DIRECTIONS)
ATTENTIONS = tuple(f"attention.{d}.npz" for d in DIRECTIONS)
"""What a finished guide may have more."""
LARGE = 100_000
"""Bytes of a file that is worth packing."""
FILES = (*ENCODER, *(f"order.{d[:2]}.npz" for d in DIRECTIONS), *JOINTS)


@dataclass(frozen=True, slots=True)
class Guide:
    """Networks in memory, and what the files are: a change of them is a change of the fit."""

    encoder: SentenceEncoder
    orderers: Mapping[str, Orderer]
    """By source language."""
    joints: Mapping[str, JointModel]
    """By direction."""
    hashes: Mapping[str, str]
    """sha256 by file."""

    def arrange(self, direction: str) -> Arrange:
        """What orders the jobs of a direction."""
        orderer = self.orderers[direction[:2]]
        return lambda jobs: arrange(read(jobs, self.encoder), orderer)

    def arranged(self, direction: str, jobs: Sequence[Job]) -> list[Job]:
        """Jobs with states and in the order of the target."""
        return self.arrange(direction)(jobs)

    def order_mark(self, direction: str) -> str:
        """Names what the order of a source language hangs on: phrases of another order are other phrases."""
        return self._mark(*ENCODER, f"order.{direction[:2]}.npz")

    def mark(self, direction: str) -> str:
        """Names everything that a direction reads: weights belong to it."""
        return self._mark(*ENCODER, f"order.{direction[:2]}.npz", f"joint.{direction}.npz")

    def _mark(self, *names: str) -> str:
        return hashlib.sha256("".join(self.hashes[name] for name in names).encode()).hexdigest()[:16]


def open_guide(work: Path) -> Guide | None:
    """The guide of a work folder; None without a folder `guide`.

    Raises:
        InputError: the folder is there and a file is missing: training was not finished, or the data are new.
    """
    folder = work / "guide"
    if not folder.is_dir():
        return None
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise InputError(
            where=str(folder), found=f"no {', '.join(missing)}", expected="a finished guide",
            do="Run `setu train guide`, or remove the folder to train without a guide.",
        )  # fmt: skip
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    return Guide(
        SentenceEncoder(folder / "encoder"),
        {d[:2]: Orderer(read_arrays(folder / f"order.{d[:2]}.npz")) for d in DIRECTIONS},
        {d: JointModel(read_arrays(folder / f"joint.{d}.npz")) for d in DIRECTIONS},
        hashes,
    )


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a file."""
    with np.load(path) as arrays:
        return {name: arrays[name] for name in arrays.files}


def copy_guide(work: Path, destination: Path) -> None:
    """Put the guide's files into a model folder, attention models with them; what training left there stays behind.

    The encoder and the attention models are packed: they are most of the folder.
    """
    shutil.copytree(work / "guide" / "encoder", destination / "encoder")
    for path in sorted((destination / "encoder").glob("*")):
        if path.name == NETWORK or path.stat().st_size > LARGE:
            pack(path)
    for name in FILES:
        if "/" not in name:
            shutil.copy(work / "guide" / name, destination / name)
    for name in ATTENTIONS:
        if (work / "guide" / name).is_file():
            save_packed(destination / f"{name}.xz", **read_arrays(work / "guide" / name))
