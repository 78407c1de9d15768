"""Every number of the guide's recipe; the defaults are those of the guide that ships."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["GuideSettings", "HeadSettings", "Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which pairs teach: counts are pairs, lengths are tokens. A pair of weight 0 never does."""

    least_weight: float = 0.3
    source_size: tuple[int, int] = (5, 50)
    target_size: tuple[int, int] = (4, 50)
    linked: float = 0.6
    """Share of a good sentence's source words that have a link."""
    held: int = 500
    """Good pairs that measure and never teach."""
    lists: tuple[str, ...] = ("names", "lex", "dict")
    """Starts of tags of word lists: they teach words, not order."""
    other: tuple[str, ...] = ("mt", "stem", "l10n", "templates", "multi30k", "docs")
    grammar: tuple[str, ...] = ("templates",)
    """Starts of tags of sentences that teach the order head although they weigh little."""
    most_grammar: int = 1_500
    """Of them: more make the head forget how news at large is ordered."""
    most_lists: int = 80_000
    most_other: int = 25_000
    most_other_again: int = 8_000
    """Of `other`, in every epoch after the first."""
    list_batch: int = 256


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """The heads that are kept, on the states of the finished encoder."""

    order_epochs: int = 6
    order_rate: float = 2e-3
    order_batch: int = 64
    joint_steps: int = 3000
    joint_rate: float = 2e-3
    joint_batch: int = 2048
    """Words of pairs, and as many of the news."""
    joint_dropout: float = 0.1
    joint_decay: float = 0.02
    joint_norm: float = 0.05
    """Weight of the squared log of the normaliser: what makes a score one dot product."""
    hide_all: float = 0.2
    """Share of words that are learnt without any history: the search asks for those too."""
    light_share: float = 0.4
    """Of the words of a pair below `Plan.least_weight` that one pass draws."""
    least_loss: float = 0.3
    """Least weight of a pair's word in the loss."""
    news_weight: float = 0.5
    """Of the news' loss against that of the pairs."""
    back_weight: float = 0.6
    """Weight of a back-translated pair, within the range of any pair's: its target is real, its source is not."""
    back_score: float = -3.5
    """Least score a token of a back-translated pair."""
    back_longest: int = 50
    """Most tokens of either of its sides."""
    minutes: float = 25.0
    """Most that one joint model may take; the learning rate falls with the steps or the clock, whichever is ahead."""


@dataclass(frozen=True, slots=True)
class GuideSettings:
    """The recipe."""

    layers: int = 6
    """Layers of e5 that stay."""
    frequency: int = 40
    """Occurrences in one language that keep a piece of e5's vocabulary."""
    known: int = 15_000
    """Target words with a row of their own in the joint model; 20,000 while that of 2.13.0 was trained."""
    embedding: int = 128
    hidden: int = 256
    order_hidden: int = 128
    order_rank: int = 64
    frequent: int = 800
    """Target words that every sampled softmax holds."""
    sampled: int = 2200
    """Rarer ones drawn for a step."""
    minutes: float = 110.0
    """Of fine-tuning; the learning rate falls to its end with the clock or the epochs, whichever is ahead."""
    epochs: int = 6
    """More than the minutes hold on one core, where one takes about 20, more with back-translated pairs: the clock ends
    the run."""
    rate: float = 2.5e-4
    head_rate: float = 1.5e-3
    warmup: int = 300
    least_rate: float = 0.02
    """Share of the peak rate that is left at the end."""
    decay: float = 0.01
    pieces: int = 2500
    """Padded pieces a batch."""
    longest: int = 126
    """Pieces of a sentence in training; words behind them take the state of the last one."""
    dropout: float = 0.1
    hide_all: float = 0.3
    hide_one: float = 0.05
    """Share of single history words that are hidden."""
    hide_piece: float = 0.05
    """Share of source pieces that training reads as unknown, so that no sentence is learnt by heart."""
    order_weight: float = 2.0
    norm_weight: float = 0.02
    clip: float = 2.0
    bf16: bool = True
    """Multiply matrices in bfloat16 where the CPU has an instruction for it (AMX, AVX512-BF16: twice as fast)."""
    save_minutes: float = 3.0
    log_steps: int = 100
    check_steps: int = 600
    """Steps between measurements on the pairs held out."""
    threads: int = 0
    """Threads of torch; 0: torch's own choice."""
    seed: int = 0
    plan: Plan = field(default_factory=Plan)
    heads: HeadSettings = field(default_factory=HeadSettings)
