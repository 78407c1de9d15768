"""Web pages in and out: the text of each block is taken out, its translation put back in the same place.

The page is not parsed into a tree and written anew, but cut at exact offsets: everything that is not text of
a block (scripts, styles, comments, attributes, broken markup) comes out as it went in, byte for byte.
Inline formatting cannot be carried over word by word: a block's translation takes the formatting of its
longest stretch of text, and inline elements that lost all their text go.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import regex

__all__ = ["Block", "blocks", "replaced"]

# Possessive, so that a page made to be slow is not: each character is looked at a bounded number of times.
_TAG: Final = regex.compile(r"<(/?)([A-Za-z][^\s/>]*+)((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>")
_COMMENT: Final = regex.compile(r"<!--(?:.*?-->|.*)|<[!?/][^>]*+>?", regex.DOTALL)
_INLINE: Final = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img",
    "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt",
    "u", "var", "wbr",
})  # fmt: skip
# What stays when its text is gone: it has a meaning of its own.
_KEPT: Final = frozenset({"img", "wbr"})
# Not for readers and not in their way: text goes on around it.
_HIDDEN: Final = frozenset({"script", "style", "template", "svg"})
_SKIPPED: Final = _HIDDEN | {
    "math", "noembed", "noframes", "iframe", "object", "canvas", "xmp", "plaintext", "textarea", "select",
}  # fmt: skip
# The first end tag ends them, whatever stands between.
_UNNESTED: Final = frozenset({"script", "style", "xmp", "textarea", "noembed", "noframes", "iframe", "p"})
_VOID: Final = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "area", "base", "col", "source", "track"})
_SPACES: Final = regex.compile(r"[ \t\n\r\f]+")
_LANGUAGE: Final = regex.compile(r"(<html\b[^>]*?\slang\s*=\s*[\"']?)([A-Za-z-]+)", regex.IGNORECASE)
_NO: Final = regex.compile(r"\btranslate\s*=\s*[\"']?no\b|\bclass\s*=\s*[\"'][^\"']*\bnotranslate\b", regex.IGNORECASE)


@dataclass(slots=True)
class Block:
    """One run of text between block boundaries; offsets into the page."""

    texts: list[tuple[int, int]] = field(default_factory=list)
    """Stretches of text, markup left out."""
    tags: list[tuple[int, int, str, bool]] = field(default_factory=list)
    """Inline tags among them: start, end, name, whether it closes."""

    def plain(self, page: str) -> str:
        """The text a reader sees, on one line."""
        joined = "".join(html.unescape(page[start:end]) for start, end in self.texts)
        return _SPACES.sub(" ", joined).strip()


def blocks(page: str) -> list[Block]:
    """The blocks of a page that have text, in order."""
    found = [Block()]
    for kind, start, end, name in _tokens(page):
        if kind == "text":
            found[-1].texts.append((start, end))
        elif name in _INLINE:
            found[-1].tags.append((start, end, name, kind == "close"))
        elif kind != "comment":
            found.append(Block())
    return [block for block in found if block.plain(page)]


def _tokens(page: str) -> Iterator[tuple[str, int, int, str]]:
    """(kind, start, end, name) of everything; kinds: text, open, close, comment, skipped."""
    at, size = 0, len(page)
    while at < size:
        mark = page.find("<", at)
        if mark < 0:
            yield "text", at, size, ""
            return
        if mark > at:
            yield "text", at, mark, ""
        tag = _TAG.match(page, mark)
        other = None if tag else _COMMENT.match(page, mark)
        if tag is None and other is None:
            if page[mark + 1 : mark + 2].isalpha():
                return  # a tag that never ends: browsers show nothing of it
            yield "text", mark, mark + 1, ""
            at = mark + 1
            continue
        if tag is None:
            at = other.end() if other else size
            yield "comment", mark, at, ""
            continue
        name = tag[2].lower()
        at = _after(page, tag, name)
        if at != tag.end():
            yield "comment" if name in _HIDDEN else "skipped", mark, at, ""
        else:
            yield "close" if tag[1] else "open", mark, at, name


def _after(page: str, tag: regex.Match[str], name: str) -> int:
    """Where reading goes on: after the tag, or after the whole element when its content is not for readers."""
    if tag[1] or tag[3].rstrip().endswith("/") or name in _VOID:
        return tag.end()
    if name in _SKIPPED:
        return _end_of(page, name, tag.end()) or len(page)
    return (_NO.search(tag[3]) and _end_of(page, name, tag.end())) or tag.end()


def _end_of(page: str, name: str, at: int) -> int:
    """End of an element that began before `at`, elements of the same name within it counted; 0 without an end."""
    depth = 1
    for match in regex.finditer(rf"<(/?){regex.escape(name)}(?=[\s/>])[^>]*+>?", page, regex.IGNORECASE, pos=at):
        if match[1]:
            depth -= 1
        elif name not in _UNNESTED and not match[0].endswith("/>"):
            depth += 1
        if depth == 0:
            return match.end()
    return 0


def replaced(page: str, translations: Sequence[str], *, language: str) -> str:
    """The page with each block's text replaced, in order, and its language named where it was named before.

    Args:
        page: the page that `blocks` read.
        translations: one for each block.
        language: of the translations, for `<html lang>`.
    """
    cuts: list[tuple[int, int, str]] = []
    for block, text in zip(blocks(page), translations, strict=True):
        if text != block.plain(page):
            cuts += _cuts(page, block, text)
    if named := _LANGUAGE.search(page):
        cuts.append((*named.span(2), language))
    parts: list[str] = []
    done = 0
    for start, end, text in sorted(cuts):
        parts += (page[done:start], text)
        done = end
    return "".join((*parts, page[done:]))


def _cuts(page: str, block: Block, text: str) -> Iterator[tuple[int, int, str]]:
    """Replacements that turn a block into its translation."""
    longest = max(block.texts, key=lambda span: len(page[span[0] : span[1]].strip()))
    first, last = block.texts[0], block.texts[-1]
    for start, end in block.texts:
        stretch = page[start:end]
        # The page's own white space around the block stays; within it the translation brings its own.
        left = stretch[: len(stretch) - len(stretch.lstrip())] if (start, end) == first else ""
        right = stretch[len(stretch.rstrip()) :] if (start, end) == last else ""
        new = html.escape(text, quote=False) if (start, end) == longest else ""
        yield start, end, left + new + right
    yield from ((start, end, "") for start, end in _emptied(block, longest))


def _emptied(block: Block, longest: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Inline elements that begin and end in the block and do not hold the translation."""
    opened: list[tuple[int, int, str, bool]] = []
    for tag in block.tags:
        if tag[2] in _KEPT:
            opened.clear()  # an image within an element keeps it
        elif not tag[3]:
            opened.append(tag)
        elif opened and opened[-1][2] == tag[2]:
            start = opened.pop()
            if not start[0] < longest[0] < tag[0]:
                yield start[:2]
                yield tag[:2]
