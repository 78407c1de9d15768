"""Tiny random models as CTranslate2 folders, with the tokenizer's files beside them as users keep them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

TOKENIZERS = ("tokenizer.json", "source.spm", "target.spm", "sentencepiece.bpe.model")


def convert(source: Path, folder: Path) -> Path:
    """The CTranslate2 folder of a transformers folder."""
    from ctranslate2.converters import TransformersConverter

    config = json.loads((source / "config.json").read_text("utf-8"))
    # transformers 5 left this out of BartConfig; the converter still reads it.
    (source / "config.json").write_text(json.dumps({"normalize_before": False, **config}), "utf-8")
    TransformersConverter(str(source)).convert(str(folder), quantization="int8", force=True)
    for name in TOKENIZERS:
        if (source / name).is_file():
            shutil.copy(source / name, folder / name)
    return folder


SETU = {
    "format": 1,
    "name": "tiny",
    "directions": ["bn-en", "en-bn"],
    "source": {"start": ["<s>"], "end": ["</s>"]},
    "target": {"en": ["<2en>"], "bn": ["<2bn>"]},
    "terms": ["<t>", "<=>", "</t>"],
    "draft": None,
    "nukta": "precomposed",
    "max_tokens": 48,
}
SPECIAL = ["<2en>", "<2bn>", "<t>", "<=>", "</t>", "<d>"]


def setu(folder: Path, root: Path, **changes) -> Path:
    """A BART with unigram pieces and Setu's special ones, and `setu.json` beside it."""
    import tiny
    import torch
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
    from transformers import BartConfig, BartForConditionalGeneration, PreTrainedTokenizerFast

    folder.mkdir(parents=True)
    root.mkdir(parents=True)
    pieces = tiny.pieces(tiny.sentencepiece(root))[3:]
    vocab = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -50.0), *pieces, *((s, -99.0) for s in SPECIAL)]
    tokenizer = Tokenizer(models.Unigram(vocab, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", *SPECIAL])
    names = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)
    fast.save_pretrained(root)
    torch.manual_seed(7)
    config = BartConfig(
        vocab_size=len(vocab), decoder_start_token_id=2, forced_eos_token_id=None, **tiny.ids(fast), **tiny.SIZES
    )
    BartForConditionalGeneration(config).eval().save_pretrained(root)
    convert(root, folder)
    (folder / "setu.json").write_text(json.dumps({**SETU, **changes}), "utf-8")
    return folder
