"""A loaded transformers model: beam search with forced beginnings, and a second look at what it wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Judged", "Output", "Seq2Seq"]


@dataclass(frozen=True, slots=True)
class Output:
    """The tokens of one candidate, without start and padding; the first `forced` of them were given."""

    ids: list[int]
    forced: int


@dataclass(frozen=True, slots=True)
class Judged:
    """Mean log-probability a token, at most 0, and attention (target tokens x source tokens) where it is shown."""

    score: float
    looks: Any


class Seq2Seq:
    """The network with its tokenizer; tokens in, tokens out."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        """Keep a model that is loaded and in evaluation mode."""
        self.model, self.tokenizer = model, tokenizer

    def positions(self, default: int) -> int:
        """How many positions the model states, or the default for one that has no limit."""
        config = self.model.config
        stated = getattr(config, "max_position_embeddings", None) or getattr(config, "n_positions", None)
        return int(stated or default)

    def search(
        self, sources: Sequence[Sequence[int]], forced: Sequence[Sequence[int]], *, beams: int, width: int, limit: int
    ) -> list[list[Output]]:
        """Beam search; `width` outputs for each source, best first, each beginning with its forced tokens."""
        import torch

        # A row's room depends on the row alone, or its result would depend on its neighbours in the batch.
        room = [min(2 * len(s) + len(f) + 16, limit) for s, f in zip(sources, forced, strict=True)]
        beams = max(beams, width)
        with torch.inference_mode():
            made = self.model.generate(
                **self._padded(sources),
                num_beams=beams,
                num_return_sequences=width,
                do_sample=False,
                max_new_tokens=max(room),
                logits_processor=[_Steer(forced, room, beams=beams, end=self._ends[0])],
            )
        rows = [[int(token) for token in row] for row in made.tolist()]
        return [[self._output(row, f) for row in rows[k * width : (k + 1) * width]] for k, f in enumerate(forced)]

    def _output(self, row: Sequence[int], forced: Sequence[int]) -> Output:
        """The row without the start token and what follows the end."""
        ids = list(row[1:])
        stop = next((k + 1 for k, token in enumerate(ids) if token in self._ends and k >= len(forced)), len(ids))
        return Output(ids[:stop], len(forced))

    def judge(
        self, sources: Sequence[Sequence[int]], outputs: Sequence[Sequence[Output]], *, given: int
    ) -> list[list[Judged]]:
        """Score and attention of every output's whole text; its first `given` tokens were no choice at all."""
        import torch

        width = len(outputs[0])
        labels = self._padded([output.ids for group in outputs for output in group])
        inputs = {name: value.repeat_interleave(width, 0) for name, value in self._padded(sources).items()}
        start = torch.full((len(labels["input_ids"]), 1), self._start, device=self.model.device)
        with torch.inference_mode():
            result = self.model(
                **inputs,
                decoder_input_ids=torch.cat([start, labels["input_ids"][:, :-1]], dim=1),
                output_attentions=True,
            )
        logs = result.logits.float().log_softmax(-1).gather(-1, labels["input_ids"].unsqueeze(-1)).squeeze(-1)
        mask = labels["attention_mask"]
        mask[:, :given] = 0
        scores = (logs * mask).sum(1) / mask.sum(1).clamp(min=1)
        looks = _looks(result.cross_attentions)
        judged = [Judged(min(0.0, float(score)), None if looks is None else looks[k]) for k, score in enumerate(scores)]
        return [judged[k : k + width] for k in range(0, len(judged), width)]

    def _padded(self, rows: Sequence[Sequence[int]]) -> dict[str, Any]:
        """Rows of ids as tensors with a mask, shape (rows, longest)."""
        import torch

        longest, pad, device = max(map(len, rows)), self.tokenizer.pad_token_id, self.model.device
        ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows], device=device)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=device)
        return {"input_ids": ids, "attention_mask": mask}

    @property
    def _ends(self) -> list[int]:
        end = self.model.generation_config.eos_token_id
        return [int(end)] if isinstance(end, int) else [int(token) for token in end]

    @property
    def _start(self) -> int:
        start = self.model.generation_config.decoder_start_token_id
        return int(self.model.config.decoder_start_token_id if start is None else start)


def _looks(attentions: Any) -> Any:
    """Attention averaged over layers and heads, shape (rows, target, source); None where the model hides it."""
    import torch

    layers = [layer for layer in attentions or () if layer is not None]
    return torch.stack([layer.float().mean(1) for layer in layers]).mean(0).cpu() if layers else None


class _Steer:
    """Leaves only the forced token at each step of a row's forced beginning, and the end where its room ends."""

    def __init__(self, forced: Sequence[Sequence[int]], room: Sequence[int], *, beams: int, end: int) -> None:
        """Rows of the search are inputs x beams; `room` counts new tokens, the forced ones among them."""
        self._forced, self._room, self._beams, self._end = forced, room, beams, end

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Step 0 follows the start token."""
        step = input_ids.shape[1] - 1
        for row in range(scores.shape[0]):
            tokens, room = self._forced[row // self._beams], self._room[row // self._beams]
            only = tokens[step] if step < len(tokens) else self._end if step >= room - 1 else None
            if only is not None:
                scores[row] = float("-inf")
                scores[row, only] = 0.0  # as transformers itself scores forced tokens: all beams alike
        return scores
