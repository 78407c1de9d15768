"""The pieces of the neural model: e5's that Bengali and English use, or an own set; special ones behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final

import numpy as np
import regex

from pipeline.training.neural.e5 import E5

__all__ = ["BACK", "BOS", "DRAFT", "EOS", "MARKS", "PAD", "TO", "UNK", "build", "encode", "kept", "own"]

BOS, PAD, EOS, UNK = 0, 1, 2, 3
_BASE: Final = ("<s>", "<pad>", "</s>", "<unk>")
TO: Final = {"en": "<2en>", "bn": "<2bn>"}
"""First piece of the target: the language to write."""
BACK: Final = "<bt>"
"""Stands before a back-translated source (Caswell et al. 2019)."""
MARKS: Final = ("<t>", "<=>", "</t>")
"""Open, link and close an annotated term."""
DRAFT: Final = "<d>"
"""Stands between a source and the draft of another engine (Niehues et al. 2016)."""
SPECIAL: Final = (*TO.values(), BACK, *MARKS, DRAFT)
_BENGALI: Final = regex.compile(r"\p{Bengali}")
# Single characters are kept whatever their frequency: Latin letters, general punctuation, danda, rupee.
_SINGLE: Final = regex.compile("\u2581?[\u0020-\u017f\u2000-\u206f।॥₹]?")


def build(pieces: Sequence[str], scores: Sequence[float]) -> Any:
    """A unigram tokenizer (of the tokenizers library) over pieces that begin with <s> <pad> </s> <unk>.

    NFKC stands in the tokenizer, so that it happens alike in training and at run time and offsets stay right.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=UNK, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens([*_BASE, *SPECIAL])
    tokenizer.encode_special_tokens = True  # special pieces in an article are text
    return tokenizer


def kept(e5: E5, texts: Iterable[str], *, frequency: int) -> list[int]:
    """Ids of e5's pieces that stay: the first four, Bengali, single characters, what the texts use often."""
    full, used = build(e5.pieces, e5.scores), Counter[int]()
    stream = iter(texts)
    while batch := list(islice(stream, 20_000)):
        for made in full.encode_batch(batch, add_special_tokens=False):
            used.update(made.ids)
    wanted = {k for k, n in used.items() if n >= frequency and k < len(e5.pieces)}
    wanted |= {k for k, p in enumerate(e5.pieces) if _BENGALI.search(p) or _SINGLE.fullmatch(p)}
    return sorted({BOS, PAD, EOS, UNK} | wanted)


def own(texts: Iterable[str], *, size: int) -> tuple[list[str], list[float]]:
    """Pieces and scores of a unigram vocabulary learnt from texts."""
    import json

    from tokenizers import trainers

    tokenizer = build(_BASE, [0.0] * len(_BASE))
    trainer = trainers.UnigramTrainer(
        vocab_size=size, special_tokens=list(_BASE), unk_token=_BASE[UNK], show_progress=False, shrinking_factor=0.75
    )
    tokenizer.train_from_iterator(texts, trainer)
    vocabulary = json.loads(tokenizer.to_str())["model"]["vocab"]
    rest = [(piece, score) for piece, score in vocabulary if piece not in {*_BASE, *SPECIAL}]
    return [*_BASE, *(piece for piece, _ in rest)], [0.0] * len(_BASE) + [score for _, score in rest]


def encode(tokenizer: Any, texts: Sequence[str]) -> list[np.ndarray[Any, np.dtype[np.int32]]]:
    """Ids of texts without a frame; a special piece that the text itself spells is unknown."""
    special = [*range(UNK), *(tokenizer.token_to_id(piece) for piece in SPECIAL)]
    rows = [np.asarray(made.ids, np.int32) for made in tokenizer.encode_batch(list(texts), add_special_tokens=False)]
    return [np.where(np.isin(row, special), UNK, row).astype(np.int32) for row in rows]
