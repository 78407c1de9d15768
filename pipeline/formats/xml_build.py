"""Small helpers for writing XML by hand: readable indentation that never touches text, illegal characters kept.

XML 1.0 cannot hold most control characters; a text that has one keeps it through an inline element of the
format, so that reading gives the same text back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from lxml import etree

from pipeline.formats.xml_safe import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["add", "code_point", "flat", "indent", "legal_parts", "put_text", "serialise", "without_illegal"]

# Everything outside XML 1.0's Char production (https://www.w3.org/TR/xml/#charsets).
_ILLEGAL: Final = re.compile("([^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff])")
_CODE: Final = re.compile(r"U\+([0-9A-F]{4,6})", re.ASCII)


def legal_parts(text: str) -> list[str]:
    """Alternating: legal text, one illegal character, legal text …; always an odd number of parts."""
    return _ILLEGAL.split(text)


def without_illegal(text: str) -> str:
    """Text for places that take no inline element: an illegal character becomes its visible name, U+000C."""
    return _ILLEGAL.sub(lambda match: f"U+{ord(match[0]):04X}", text)


def code_point(text: str | None) -> str | None:
    """The character that `U+000C` names, or None when the text names none."""
    match = _CODE.fullmatch((text or "").strip())
    return chr(int(match[1], 16)) if match and int(match[1], 16) < 0x110000 else None  # noqa: PLR2004 (Unicode's end)


def add(parent: _Element, tag: str, text: str | None = None, **attributes: str) -> _Element:
    """Append a child in the parent's namespace; attributes with an empty value are left out.

    Attribute names are written with `_` for `-`.
    """
    namespace = etree.QName(parent).namespace
    child = etree.SubElement(parent, f"{{{namespace}}}{tag}" if namespace else tag)
    for name, value in attributes.items():
        if value:
            child.set(name.replace("_", "-"), without_illegal(value))
    if text is not None:
        child.text = without_illegal(text)
    return child


def put_text(element: _Element, text: str, make: Callable[[_Element, str], _Element]) -> None:
    """Fill an element with text; `make(element, character)` appends the inline element of an illegal character."""
    parts = legal_parts(text)
    element.text = parts[0]
    for character, legal in zip(parts[1::2], parts[2::2], strict=True):
        make(element, character).tail = legal


def flat(
    element: _Element, *, through: Iterable[str], character: Callable[[_Element], str | None], lost: list[str]
) -> str:
    """The text of an element with inline codes.

    Args:
        element: a seg, source or target.
        through: local names of inline elements whose content is text (`hi`, `g`, `mrk` …).
        character: gives the character that an inline element stands for, or None.
        lost: receives a line for each inline code that has no place in plain text.
    """
    return "".join(_pieces(element, frozenset(through), character, lost=lost))


def _pieces(
    element: _Element, through: frozenset[str], character: Callable[[_Element], str | None], *, lost: list[str]
) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        stands_for = character(child)
        if stands_for is not None:
            yield stands_for
        elif local_name(child) in through:
            yield from _pieces(child, through, character, lost=lost)
        else:
            lost.append(f"line {child.sourceline}: the inline code <{local_name(child)}> was left out of the text")
        yield child.tail or ""


def indent(element: _Element, leaves: frozenset[str], level: int = 0) -> None:
    """Set line breaks between structural elements; the inside of `leaves` is text and stays as it is."""
    if local_name(element) in leaves or not len(element):
        return
    inner = "\n" + "  " * (level + 1)
    element.text = inner
    for child in element:
        indent(child, leaves, level + 1)
        child.tail = inner
    element[-1].tail = inner[:-2]


def serialise(root: _Element, leaves: frozenset[str], *, doctype: str = "") -> bytes:
    """UTF-8 bytes of a tree, with XML declaration, DOCTYPE when given, and a line end at the end."""
    indent(root, leaves)
    body: bytes = etree.tostring(root, encoding="UTF-8")
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', *([doctype] if doctype else [])]
    return "\n".join(lines).encode() + b"\n" + body.removeprefix(_DECLARATION) + b"\n"


_DECLARATION: Final = b"<?xml version='1.0' encoding='UTF-8'?>\n"
