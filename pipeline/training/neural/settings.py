"""Every number of the neural recipe. Learning rates and shares are first guesses: no GPU has run them yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Final

from pipeline.errors import InputError

__all__ = ["STAGES", "Settings", "Size", "Stage"]


@dataclass(frozen=True, slots=True)
class Size:
    """Shape of the network; the defaults are those of multilingual-e5-small's encoder."""

    width: int = 384
    feedforward: int = 1536
    heads: int = 12
    encoder: int = 12
    decoder: int = 4
    positions: int = 512
    dropout: float = 0.1


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: what it draws from, in which shares, and how fast it learns."""

    shares: Mapping[str, float]
    """Group of examples → share of the examples drawn; groups that are not packed give their share to the rest."""
    rate: float
    """Peak learning rate."""
    warmup: int = 300
    """Steps up to the peak; then the rate falls in a line, to a twentieth at the end."""
    least: float = 0.0
    """Pairs of less weight are left out."""


STAGES: Final[Mapping[str, Stage]] = {
    "sup": Stage({"pairs": 0.55, "terms": 0.12, "drafted": 0.1, "mono": 0.23}, rate=4e-4),
    "bt": Stage({"pairs": 0.33, "terms": 0.1, "drafted": 0.05, "synthetic": 0.42, "mono": 0.1}, rate=3e-4),
    "final": Stage({"pairs": 0.7, "terms": 0.2, "drafted": 0.1}, rate=5e-5, warmup=50, least=0.5),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The recipe; every field may stand in a JSON file."""

    start: str = "e5"
    """e5: its weights and its vocabulary, pruned; scratch: the same network and vocabulary, random; own: random, with
    a vocabulary learnt from the corpora (Bengali has 2.5 thousand pieces in e5's, text is up to twice as long)."""
    pieces: int = 16000
    """Size of an own vocabulary."""
    frequency: int = 8
    """Occurrences that keep a piece of e5's vocabulary."""
    size: Size = field(default_factory=Size)
    stages: Mapping[str, Stage] = field(default_factory=lambda: dict(STAGES))
    tokens: int = 32000
    """Padded positions a batch, longer side; what a GPU of 80 GB holds at this size."""
    pool: int = 20000
    """Examples drawn and sorted by length at a time."""
    encoder_rate: float = 0.3
    """Factor of the encoder's learning rate where it was warm-started."""
    smoothing: float = 0.1
    decay: float = 0.999
    """Of the average of weights; it forgets faster in the first steps."""
    longest: int = 120
    """Tokens of one side; longer examples are left out."""
    synthetic: int = 300_000
    """Sentences back-translated a round, both directions together."""
    share_of_minutes: float = 0.35
    """Most of a bt stage's time that back-translation may take."""
    save_minutes: float = 3.0
    log_steps: int = 100
    steps: int = 0
    """Steps of a stage at most; 0: the clock alone ends it."""
    seed: int = 1
    cpu_bf16: bool = False
    """Train in bf16 on a CPU too (one with AMX or AVX512-BF16); CUDA always does."""
    threads: int = 0
    """Threads of torch on a CPU; 0: torch's own choice."""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        if self.start not in {"e5", "scratch", "own"}:
            raise _refused(f"start {self.start!r}", "e5, scratch or own")
        if self.size.width % self.size.heads:
            raise _refused(f"width {self.size.width} with {self.size.heads} heads", "a width that the heads divide")

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Settings:
        """Settings from JSON; what is not named keeps its default.

        Raises:
            InputError: an unknown key, or a value that cannot work.
        """
        made = dict(values)
        if "stages" in made:
            made["stages"] = {
                **STAGES,
                **{n: _filled(STAGES.get(n, STAGES["sup"]), v) for n, v in made["stages"].items()},
            }
        parsed: Settings = _filled(cls(), made)
        return parsed


def _filled(base: Any, values: Mapping[str, Any]) -> Any:
    """A dataclass with some values replaced, nested ones too."""
    known = [item.name for item in fields(base)]
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise _refused(f"{', '.join(unknown)}", f"keys among: {', '.join(known)}")
    inner = {
        key: _filled(getattr(base, key), value)
        if is_dataclass(getattr(base, key)) and isinstance(value, Mapping)
        else value
        for key, value in values.items()
    }
    return replace(base, **inner)


def _refused(found: str, expected: str) -> InputError:
    return InputError(where="settings of the neural recipe", found=found, expected=expected, do="Correct the file.")
