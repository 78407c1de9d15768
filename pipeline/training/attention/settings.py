"""Every number of the attention model's recipe; the defaults are those of the model that ships."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.training.guide.settings import HeadSettings, Plan

__all__ = ["AttentionSettings", "Levels"]


@dataclass(frozen=True, slots=True)
class Levels:
    """Largest whole number of a matrix, by what it is for.

    Rows of words are questions and answers both: of the 0.093 nats a word that 15 everywhere cost into Bengali
    (held-out loss 2.578, rounded 2.671) 63 for them and 10 for the layers leave 0.010.
    """

    words: int = 63
    layers: int = 10
    readers: int = 5

    def of(self, name: str) -> int:
        """Of a matrix by its name."""
        return self.words if name.startswith("words") else self.readers if name.startswith("readers") else self.layers


@dataclass(frozen=True, slots=True)
class AttentionSettings:
    """The recipe. Its width is that of the encoder's states; what the joint model has keeps the joint model's sizes."""

    layers: int = 3
    inner: int = 1536
    """Width of a layer's inner part."""
    readers: int = 2
    """Layers in which the source words read one another before the decoder reads them: the states are frozen and were
    tuned on links and order; what a sentence means as a whole is learnt here, at no cost a target word."""
    reader_inner: int = 1024
    """Width of a reader's inner part."""
    embedding: int = 256
    """Width of a word's row; its beginning is the joint model's row, which is narrower."""
    pointer: int = 128
    """Width in which the pointer compares a target word with the source words."""
    rows: Mapping[str, int] = field(default_factory=lambda: {"bn-en": 14_000, "en-bn": 8_000})
    """By direction, most words that keep a row when training is over. With 8,000 BLEU was the same, but "congratulates"
    (place 8,195) gave way to "has elected": a desk's verbs are rare in text of all kinds."""
    levels: Levels = field(default_factory=Levels)
    """How finely matrices are rounded when training is over."""
    longest_source: int = 60
    """Words of a pair's source; longer pairs do not teach."""
    longest_target: int = 70
    list_share: float = 0.12
    """Of the pairs of word lists, and of others as short, that one pass draws: there are many, and they say little."""
    short: int = 3
    """Target words of a pair that counts as one of a list."""
    light: tuple[str, ...] = ("l10n", "docs", "stem", "mt")
    """Starts of tags of pairs that say less of news than others."""
    light_weight: float = 0.3
    """Pairs below this weight do too."""
    light_share: float = 0.5
    """Of the pairs of both kinds that one pass draws."""
    batch: int = 3600
    """Target words, ends of sentences among them."""
    source_part: float = 0.5
    """What a source word counts against a target word where sentences of about one size are put together."""
    jitter: float = 3.0
    """Words by which a sentence's size is moved at random there, so that batches differ from pass to pass."""
    hide: float = 0.1
    """Share of the words before that training hides."""
    states_dropout: float = 0.1
    dropout: float = 0.15
    """Of the layers."""
    head_dropout: float = 0.1
    """Of the layers that come from the joint model."""
    masks: int = 24_000_000
    """Numbers in the pool that dropout cuts its masks from: drawing them anew took 28 % of a step."""
    frequent: int = 800
    """Target words that every sampled softmax holds."""
    sampled: int = 2200
    """Rarer ones drawn for a step."""
    rate: float = 1.2e-3
    joint_rate: float = 0.5
    """Share of the rate for what comes from the joint model."""
    warmup: int = 400
    least_rate: float = 0.02
    """Share of the peak rate that is left at the end."""
    decay: float = 0.01
    norm_weight: float = 0.01
    """Weight of the squared log of the normaliser."""
    pointer_weight: float = 0.3
    """Weight of the pointer's loss."""
    clip: float = 1.0
    average: float = 0.996
    """What the kept average of the weights keeps of itself, at most, when the weights join it."""
    average_rise: float = 0.9
    """How fast it comes there: after n times it keeps 1 - 1 / (n + 1) ** this."""
    average_steps: int = 4
    """Steps between two times."""
    bf16: bool = True
    """Multiply matrices in bfloat16 where the CPU has an instruction for it."""
    minutes: float = 95.0
    """Of one round of training, measurements included; the rate falls to its end with the clock."""
    steps: int = 0
    """Most steps of a round, for runs that a clock must not end; 0: the clock alone ends it."""
    save_minutes: float = 4.0
    log_steps: int = 100
    check_steps: int = 600
    """Steps between measurements on the pairs held out."""
    threads: int = 0
    """Threads of torch; 0: torch's own choice."""
    seed: int = 0
    held_seed: int = 0
    """The seed of the guide's run: what the guide held out measures here too, for neither has learnt from it."""
    plan: Plan = field(default_factory=Plan)
    """The guide's choice of pairs: which are held out, and which are lists."""
    back: HeadSettings = field(default_factory=HeadSettings)
    """Which back-translated pairs teach, and at which weight, as in the guide."""
