"""Where the tokens of a transformers model stand in the text that they were cut from or that they write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import regex

__all__ = ["digest", "source_spans", "target_spans"]

Span = tuple[int, int]
_REACH = 24  # code points that a piece may lie behind the last one: what the tokenizer dropped in between


def source_spans(tokenizer: Any, text: str, ids: Sequence[int]) -> list[Span]:
    """Spans of source tokens; empty spans for special tokens and for what cannot be found.

    A fast tokenizer knows the offsets; for a slow one the pieces are looked up in order.
    """
    if getattr(tokenizer, "is_fast", False):
        found = tokenizer(text, return_offsets_mapping=True)
        if list(found["input_ids"]) == list(ids):
            return [(int(a), int(b)) for a, b in found["offset_mapping"]]
    spans: list[Span] = []
    at = 0
    special = set(tokenizer.all_special_ids)
    for token_id, piece in zip(ids, tokenizer.convert_ids_to_tokens(list(ids)), strict=True):
        body = "" if token_id in special else piece.replace("\u2581", " ").strip()
        place = text.find(body, at, at + len(body) + _REACH) if body else -1
        if place < 0:
            spans.append((at, at))
        else:
            spans.append((place, place + len(body)))
            at = place + len(body)
    return spans


def target_spans(tokenizer: Any, ids: Sequence[int], text: str) -> list[Span]:
    """Spans of generated tokens in the text that they decode to: each adds what longer decoding adds."""
    ends = [
        _common(tokenizer.decode(ids[: k + 1], **DECODE), text) for k in range(len(ids))
    ]  # fmt: skip
    spans: list[Span] = []
    at = 0
    for end in ends:
        start, stop = at, max(at, end)
        gap = regex.match(r"\s*", text, pos=start, endpos=stop)
        spans.append((gap.end() if gap and gap.end() < stop else start, stop))
        at = stop
    return spans


def _common(a: str, b: str) -> int:
    """The length of the common beginning."""
    return next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


DECODE: dict[str, bool] = {"skip_special_tokens": True, "clean_up_tokenization_spaces": False}


def digest(folder: Any) -> str:
    """One SHA-256 over the names and contents of a model folder's files."""
    import hashlib
    from pathlib import Path

    whole = hashlib.sha256()
    for path in sorted(p for p in Path(folder).rglob("*") if p.is_file() and not p.name.startswith(".")):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return whole.hexdigest()
