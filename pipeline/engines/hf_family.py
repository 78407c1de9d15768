"""How families of sequence-to-sequence models are told the languages: codes, tags and texts, as data.

Sources: the model cards and tokenizers of NLLB-200, M2M-100, mBART-50, IndicTrans2, OPUS-MT (Marian) and T5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline.errors import EngineError
from pipeline.records import Direction, Language, source_language, target_language

__all__ = ["NAMES", "Family", "family_of"]

NAMES: Final[Mapping[Language, str]] = {"bn": "Bengali", "en": "English"}
_CODES: Final[Mapping[str, Mapping[Language, str]]] = {
    "nllb": {"bn": "ben_Beng", "en": "eng_Latn"},
    "mbart": {"bn": "bn_IN", "en": "en_XX"},
    "m2m": {"bn": "bn", "en": "en"},
    "indictrans": {"bn": "ben_Beng", "en": "eng_Latn"},
}
# IndicTrans2 reads and writes every Indian script as Devanagari; the blocks are parallel, 0x80 apart.
_BENGALI: Final = range(0x0980, 0x0A00)
_DEVANAGARI: Final = range(0x0900, 0x0980)
_SHARED: Final = frozenset({0x0964, 0x0965})  # danda and double danda belong to both


@dataclass(frozen=True, slots=True)
class Family:
    """What a model must be told for a direction."""

    name: str
    codes: Mapping[Language, str] = field(default_factory=dict)
    """Language codes of its tokenizer, empty when it has none."""
    tags: Mapping[Language, str] = field(default_factory=dict)
    """Tokens that begin the source text and name the target language (multilingual Marian)."""
    template: str = "{text}"
    """The text that the model reads; {source} and {target} are language names or codes."""

    def read(self, text: str, direction: Direction) -> tuple[str, int]:
        """The text as the model reads it, and how many code points stand before the source text in it."""
        source, target = source_language(direction), target_language(direction)
        names = self.codes if self.name == "indictrans" else NAMES
        head, _, tail = self.template.partition("{text}")
        start = f"{self.tags[target]} " if target in self.tags else ""
        start += head.format(source=names.get(source, ""), target=names.get(target, ""))
        return start + self.script(text) + tail, len(start)

    def script(self, text: str) -> str:
        """Text in the script that the model reads."""
        return _moved(text, _BENGALI, -0x80) if self.name == "indictrans" else text

    def write(self, text: str, language: Language) -> str:
        """The model's text in the script of the language."""
        return _moved(text, _DEVANAGARI, 0x80) if self.name == "indictrans" and language == "bn" else text


def _moved(text: str, block: range, by: int) -> str:
    return "".join(chr(ord(c) + by) if ord(c) in block and ord(c) not in _SHARED else c for c in text)


def family_of(model_type: str, tokenizer: Any, *, template: str | None = None) -> Family:
    """The family of a loaded model.

    Args:
        model_type: `config.model_type`.
        tokenizer: its tokenizer; the vocabulary decides between NLLB and M2M-100, which share a model type.
        template: overrides the text that the model reads, such as `translate {source} to {target}: {text}`.

    Raises:
        EngineError: a multilingual model without Bengali or English.
    """
    if template is not None and "{text}" not in template:
        raise EngineError(
            where="engine hf, option template", found=repr(template), expected="a text with {text} in it",
            do="For example: translate {source} to {target}: {text}",
        )  # fmt: skip
    vocabulary = tokenizer.get_vocab()
    name = _name(model_type, vocabulary)
    if name in {"nllb", "mbart", "m2m"}:
        _check_codes(name, tokenizer)
    if template is None:
        template = {"t5": "translate {source} to {target}: {text}", "indictrans": "{source} {target} {text}"}.get(name)
    return Family(name, _CODES.get(name, {}), _marian_tags(vocabulary), template or "{text}")


def _name(model_type: str, vocabulary: Mapping[str, int]) -> str:
    if model_type == "m2m_100":
        return "nllb" if "eng_Latn" in vocabulary else "m2m"
    names = {"mbart": "mbart", "t5": "t5", "mt5": "t5", "umt5": "t5", "longt5": "t5", "IndicTrans": "indictrans"}
    return names.get(model_type, "plain")


def _check_codes(name: str, tokenizer: Any) -> None:
    # M2M-100 keeps its codes beside the vocabulary, the others in it.
    known = {*tokenizer.get_vocab(), *getattr(tokenizer, "lang_code_to_id", ())}
    for language, code in _CODES[name].items():
        if code not in known and f"__{code}__" not in known:
            raise EngineError(
                where="engine hf", found=f"a model without the language code {code}",
                expected=f"a model that knows {NAMES[language]}", do="Choose another model.",
            )  # fmt: skip


def _marian_tags(vocabulary: Mapping[str, int]) -> dict[Language, str]:
    tags: dict[Language, tuple[str, ...]] = {"bn": (">>ben<<", ">>bn<<"), "en": (">>eng<<", ">>en<<")}
    found = {language: next((tag for tag in forms if tag in vocabulary), "") for language, forms in tags.items()}
    return {language: tag for language, tag in found.items() if tag}
