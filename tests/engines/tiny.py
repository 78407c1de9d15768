"""Tiny random models with the real classes and tokenizers of transformers, each in a folder as the hub has it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

LINES = [
    "প্রধানমন্ত্রী নরেন্দ্র মোদি মঙ্গলবার বেলজিয়ামের প্রধানমন্ত্রীর সঙ্গে কথা বলেছেন।",
    "বিদেশ মন্ত্রী এস জয়শঙ্কর আস্তানায় এসসিও শীর্ষ সম্মেলনে ভারতের প্রতিনিধিত্ব করছেন।",
    "ভারত ও রাশিয়ার কৌশলগত অংশীদারিত্ব নিয়ে আলোচনা হয়েছে।",
    "Prime Minister Narendra Modi spoke with the prime minister of Belgium on Tuesday.",
    "External Affairs Minister S Jaishankar is representing India at the SCO summit in Astana.",
    "India and Russia discussed their strategic partnership.",
] * 3  # fmt: skip
SIZES = {
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
    "max_position_embeddings": 96,
    "init_std": 0.3,  # wide, so that no two tokens tie and rounding decides nothing
}
FAMILIES = ("nllb", "m2m", "mbart", "marian", "t5", "bart")


def sentencepiece(folder: Path, kind: str = "unigram") -> Path:
    import sentencepiece as spm

    text = folder / "lines.txt"
    text.write_text("\n".join(LINES), encoding="utf-8")
    spm.SentencePieceTrainer.train(
        input=str(text), model_prefix=str(folder / "sp"), vocab_size=150, model_type=kind, character_coverage=1.0,
        minloglevel=2, hard_vocab_limit=False, num_threads=1,
    )  # fmt: skip
    text.unlink()
    return folder / "sp.model"


def pieces(model: Path) -> list[tuple[str, float]]:
    import sentencepiece as spm

    sp = spm.SentencePieceProcessor(model_file=str(model))
    return [(sp.id_to_piece(k), sp.get_score(k)) for k in range(sp.get_piece_size())]


def bpe(*, byte_level: bool):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(unk_token=None if byte_level else "<unk>"))
    tokenizer.pre_tokenizer = (
        pre_tokenizers.ByteLevel(add_prefix_space=False) if byte_level else pre_tokenizers.Metaspace()
    )
    tokenizer.decoder = decoders.ByteLevel() if byte_level else decoders.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=500, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if byte_level else [],
    )  # fmt: skip
    tokenizer.train_from_iterator(LINES, trainer)
    made = json.loads(tokenizer.to_str())["model"]
    return made["vocab"], [tuple(merge) for merge in made["merges"]]


def build(family: str, folder: Path) -> Path:
    """A model folder of the family; seeded, so that it is the same every time."""
    import torch
    from transformers.utils import logging

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    tokenizer, model = BUILDERS[family](folder)
    logging.disable_progress_bar()
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def nllb(folder):
    from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer

    vocab, merges = bpe(byte_level=False)
    tokenizer = NllbTokenizer(vocab=vocab, merges=merges)
    config = M2M100Config(
        vocab_size=len(tokenizer), decoder_start_token_id=tokenizer.eos_token_id, **ids(tokenizer), **SIZES
    )
    return tokenizer, M2M100ForConditionalGeneration(config)


def m2m(folder):
    from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer

    spm = sentencepiece(folder)
    words = ["<s>", "<pad>", "</s>", "<unk>", *[p for p, _ in pieces(spm)[3:]]]
    vocab = folder / "vocab.json"
    vocab.write_text(json.dumps({word: k for k, word in enumerate(words)}), encoding="utf-8")
    tokenizer = M2M100Tokenizer(str(vocab), str(spm))
    config = M2M100Config(
        vocab_size=max(tokenizer.id_to_lang_token) + 9,
        decoder_start_token_id=tokenizer.eos_token_id,
        **ids(tokenizer),
        **SIZES,
    )
    return tokenizer, M2M100ForConditionalGeneration(config)


def mbart(folder):
    from transformers import MBart50Tokenizer, MBartConfig, MBartForConditionalGeneration

    tokenizer = MBart50Tokenizer(
        vocab=[("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *pieces(sentencepiece(folder))[3:]]
    )
    config = MBartConfig(
        vocab_size=len(tokenizer), decoder_start_token_id=tokenizer.eos_token_id, **ids(tokenizer), **SIZES
    )
    return tokenizer, MBartForConditionalGeneration(config)


def marian(folder):
    # Part of the extra `hf`, not of `train`, which has torch too; without it the tokenizer warns, an error in tests.
    pytest.importorskip("sacremoses")
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    spm = sentencepiece(folder)
    words = ["</s>", "<unk>", *[p for p, _ in pieces(spm)[3:]], "<pad>"]
    vocab = folder / "vocab.json"
    vocab.write_text(json.dumps({word: k for k, word in enumerate(words)}), encoding="utf-8")
    tokenizer = MarianTokenizer(str(spm), str(spm), str(vocab))
    pad = tokenizer.pad_token_id
    config = MarianConfig(
        vocab_size=len(words),
        decoder_start_token_id=pad,
        pad_token_id=pad,
        eos_token_id=0,
        forced_eos_token_id=0,
        **SIZES,
    )
    return tokenizer, MarianMTModel(config)


def t5(folder):
    from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

    vocab = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *pieces(sentencepiece(folder))[3:]]
    tokenizer = T5Tokenizer(vocab=vocab, extra_ids=0)
    config = T5Config(
        vocab_size=len(tokenizer), d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, decoder_start_token_id=0,
        pad_token_id=0, eos_token_id=1,
    )  # fmt: skip
    return tokenizer, T5ForConditionalGeneration(config)


def bart(folder):
    from transformers import BartConfig, BartForConditionalGeneration, BartTokenizer

    vocab, merges = bpe(byte_level=True)
    tokenizer = BartTokenizer(vocab=vocab, merges=merges)
    config = BartConfig(
        vocab_size=len(tokenizer),
        decoder_start_token_id=tokenizer.eos_token_id,
        forced_bos_token_id=None,
        **ids(tokenizer),
        **SIZES,
    )
    return tokenizer, BartForConditionalGeneration(config)


def ids(tokenizer) -> dict[str, int]:
    return {
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }


BUILDERS = {"nllb": nllb, "m2m": m2m, "mbart": mbart, "marian": marian, "t5": t5, "bart": bart}
