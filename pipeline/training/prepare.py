"""From corpora to tokens: one literal token a word in plain files that every later step reads.

Numbers stand with their value; a reader classes them (`class_of`). Bengali words are cut into stem and suffix,
English words stand in the case they have inside sentences (Lita et al. 2003).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.engines.compact.text import JOINER, Splitter, class_of, join, tokenize, write_number
from pipeline.errors import InputError
from pipeline.training.corpus import Pair, Sources, read_held_out, read_lines, read_pairs

__all__ = ["Truecaser", "literal", "prepare", "read_tokens", "require_data", "written"]

SENTENCE_ENDS = frozenset({"￭.", "￭?", "￭!", '￭"'})
LISTS = ("names", "lex", "dict", "l10n")
"""Tags whose English is no running text: it says nothing about case."""
NAMES = "names"
"""Tags whose English keeps its case."""
TITLE_SHARE = 0.6
"""A text with this share of capitalised words is a headline in title case."""


def literal(text: str) -> list[str]:
    """Tokens as they stand in the files: forms, numbers as ASCII values."""
    return [token.literal for token in tokenize(text) if token.form.strip(JOINER)]


class Truecaser:
    """Gives the first word of a sentence, and the words of a headline in title case, their usual case."""

    def __init__(self, sentences: Iterable[Sequence[str]]) -> None:
        """`sentences`: running text; first words are not counted."""
        seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for words in sentences:
            for word in words[1:]:
                seen[word.lower()][word] += 1
        self._usual = {low: forms.most_common(1)[0][0] for low, forms in seen.items()}

    def __call__(self, words: Sequence[str]) -> list[str]:
        """The words in their usual case."""
        capitals = sum(w[:1].isupper() for w in words)
        letters = sum(w[:1].isalpha() for w in words)
        everywhere = letters > 3 and capitals >= TITLE_SHARE * letters  # noqa: PLR2004 (shorter texts are names)
        return [self._usual.get(w.lower(), w) if w[:1].isalpha() and (everywhere or self._begins(words, i)) else w
                for i, w in enumerate(words)]  # fmt: skip

    def _begins(self, words: Sequence[str], i: int) -> bool:
        return i == 0 or words[i - 1] in {"￭.", "￭?", "￭!", '"￭'}


@dataclass(frozen=True, slots=True)
class _Texts:
    pairs: list[Pair]
    bn: list[list[str]]
    en: list[list[str]]
    mono_bn: list[list[str]]
    mono_en: list[list[str]]


def _read(corpora: Path, sources: Sources, extra: Iterable[Pair], *, clean_licences: bool) -> _Texts:
    held = read_held_out(corpora, sources)
    pairs = [*read_pairs(corpora, sources, clean_licences=clean_licences), *extra]
    pairs = [p for p in pairs if p.bn not in held and p.en not in held]
    mono = {lang: dict.fromkeys(read_lines(corpora, sources, f"mono-{lang}")) for lang in ("bn", "en")}
    if clean_licences:  # news text is its publishers'; the language models then learn from the pairs alone
        mono = {"bn": {}, "en": {}}
    texts = {lang: [literal(line) for line in lines if line not in held] for lang, lines in mono.items()}
    return _Texts(pairs, [literal(p.bn) for p in pairs], [literal(p.en) for p in pairs], texts["bn"], texts["en"])


def prepare(
    corpora: Path, work: Path, sources: Sources, *, extra: Iterable[Pair] = (), clean_licences: bool = False
) -> dict[str, int]:
    """Write pairs.{bn,en}.tok, pairs.json (tag, weight), mono.{bn,en}.tok and counts.json; returns line counts."""
    work.mkdir(parents=True, exist_ok=True)
    t = _read(corpora, sources, extra, clean_licences=clean_licences)
    counts = Counter(class_of(w) for words in (*t.mono_bn, *t.bn) for w in words)
    splitter = Splitter(counts)
    running = [words for words, p in zip(t.en, t.pairs, strict=True) if not p.tag.startswith(LISTS)]
    truecase = Truecaser([*running, *(w for w in t.mono_en if w and w[-1] in SENTENCE_ENDS)])
    keep = [k for k in range(len(t.pairs)) if t.bn[k] and t.en[k]]
    _write(work / "pairs.bn.tok", (split(t.bn[k], splitter) for k in keep))
    _write(work / "pairs.en.tok", (t.en[k] if t.pairs[k].tag.startswith(NAMES) else truecase(t.en[k]) for k in keep))
    (work / "pairs.json").write_text(json.dumps([[t.pairs[k].tag, t.pairs[k].weight] for k in keep]), "utf-8")
    _write(work / "mono.bn.tok", (split(words, splitter) for words in t.mono_bn if words))
    _write(work / "mono.en.tok", (truecase(words) for words in t.mono_en if words))
    (work / "counts.json").write_text(json.dumps(counts, ensure_ascii=False), "utf-8")
    return {"pairs": len(keep), "mono_bn": len(t.mono_bn), "mono_en": len(t.mono_en)}


def split(words: Sequence[str], splitter: Splitter) -> list[str]:
    """Bengali literal tokens with cuttable words cut."""
    out: list[str] = []
    for word in words:
        cut = None if word.startswith(JOINER) or word[:1].isdigit() else splitter.cut(word)
        out += [cut[0], JOINER + cut[1]] if cut else [word]
    return out


def _write(path: Path, lines: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(" ".join(words) + "\n" for words in lines)


def read_tokens(path: Path) -> Iterator[list[str]]:
    """The token lists of a file that `prepare` wrote."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n").split(" ")


def written(words: Sequence[str], language: str) -> str:
    """Tokens of the files as a sentence: Bengali digits, an English capital at the beginning."""
    text = join(words)
    return write_number(text, language) if language == "bn" else text[:1].upper() + text[1:]


def require_data(work: Path) -> None:
    """That a work folder was prepared.

    Raises:
        InputError: it was not.
    """
    if not (work / "data.json").is_file():
        raise InputError(
            where=str(work), found="no data.json", expected="prepared data", do="Run `setu train data` first."
        )


def read_counts(work: Path) -> Mapping[str, int]:
    """The counts that the splitter decides by."""
    counts: dict[str, int] = json.loads((work / "counts.json").read_text("utf-8"))
    return counts
