"""Word documents in and out: the text of each paragraph is taken out, its translation put back.

Body, tables, text boxes, headers, footers and notes are read; a paragraph with line breaks or tabs gives one
block for each stretch. A translation takes the character formatting of the longest run of its stretch;
everything that is not text (pictures, fields, section breaks, styles) stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from pipeline.formats.docx_zip import Package, main_part, parse_part, part_bytes, w
from pipeline.formats.xml_build import without_illegal
from pipeline.records import Language

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["extract", "put"]

_PARTS: Final = re.compile(r"word/(?:header|footer)[0-9]*\.xml|word/(?:footnotes|endnotes)\.xml")
_COMPATIBILITY: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_SPACES: Final = re.compile(r"[ \t\r\n]+")
_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
_TEXT: Final = w("t")
_HYPHEN: Final = w("noBreakHyphen")
_BREAKS: Final = frozenset(map(w, ("br", "cr", "tab", "ptab")))
_READ: Final = _BREAKS | {_TEXT, _HYPHEN}
# Not text of this paragraph: properties, deleted or moved text, codes of fields, older copies of text boxes.
_SKIPPED: Final = frozenset(
    [*map(w, ("p", "pPr", "rPr", "del", "moveFrom", "instrText", "sdtPr")), _COMPATIBILITY + "Fallback"]
)
# Word formats complex scripts (Bengali) by properties of their own.
_TWINS: Final = (("b", "bCs"), ("i", "iCs"), ("sz", "szCs"))

_Stretch = list["_Element"]


def extract(package: Package, where: str) -> list[str]:
    """The text of each stretch, in order; no line ends within.

    Raises:
        InputError: a part is not well-formed.
    """
    return [_plain(stretch) for _, root in _roots(package, where) for stretch in _stretches(root)]


def put(package: Package, translations: Sequence[str], where: str, *, language: Language) -> Package:
    """The package with each stretch's text replaced, in order.

    Args:
        package: what `extract` read.
        translations: one for each stretch.
        where: what messages call the file.
        language: of the translations.

    Raises:
        InputError: a part is not well-formed.
    """
    result = dict(package)
    rest = iter(translations)
    for name, root in _roots(package, where):
        changed = False
        for stretch in _stretches(root):
            text = next(rest)
            if text != _plain(stretch):
                _replace(stretch, text, language)
                changed = True
        if changed:
            result[name] = part_bytes(root)
    return result


def _roots(package: Package, where: str) -> Iterator[tuple[str, _Element]]:
    """Parts that hold text: the body first, then headers, footers and notes by name."""
    main = main_part(package, where)
    for name in (main, *sorted(filter(_PARTS.fullmatch, package))):
        yield name, parse_part(package, name, where)


def _stretches(root: _Element) -> Iterator[_Stretch]:
    """Text elements that stand together without a break, where they have text."""
    for paragraph in root.iter(w("p")):
        if any(parent.tag in _SKIPPED - {w("p")} for parent in paragraph.iterancestors()):
            continue
        stretch: _Stretch = []
        for element in _inside(paragraph):
            if element.tag in _BREAKS:
                if _plain(stretch):
                    yield stretch
                stretch = []
            else:
                stretch.append(element)
        if _plain(stretch):
            yield stretch


def _inside(element: _Element) -> Iterator[_Element]:
    """Text, hyphens and breaks of a paragraph in reading order."""
    for child in element:
        if child.tag in _READ:
            yield child
        elif child.tag not in _SKIPPED:
            yield from _inside(child)


def _plain(stretch: _Stretch) -> str:
    joined = "".join("\u2011" if element.tag == _HYPHEN else element.text or "" for element in stretch)
    return _SPACES.sub(" ", joined).strip()


def _replace(stretch: _Stretch, text: str, language: Language) -> None:
    texts = [element for element in stretch if element.tag == _TEXT]
    # Outside insertions that somebody may still reject, if there is such text.
    longest = max(texts, key=lambda element: (not _is_inserted(element), len((element.text or "").strip())))
    for element in stretch:
        if element.tag == _HYPHEN:
            element.getparent().remove(element)
        elif element is not longest:
            element.text = ""
    longest.text = without_illegal(text)
    longest.set(_SPACE, "preserve")
    _mirror_formatting(longest, language)


def _is_inserted(element: _Element) -> bool:
    return any(parent.tag == w("ins") for parent in element.iterancestors())


def _mirror_formatting(element: _Element, language: Language) -> None:
    """Carry bold, italics and size over to the properties that the new script is formatted by."""
    run = element.getparent()
    properties = run.find(w("rPr")) if run is not None else None
    if properties is None:
        return
    for simple, complex_ in _TWINS:
        have, want = (simple, complex_) if language == "bn" else (complex_, simple)
        given = properties.find(w(have))
        if given is not None and properties.find(w(want)) is None:
            twin = given.makeelement(w(want), dict(given.attrib))
            # The schema orders them: b, bCs, i, iCs … sz, szCs.
            given.addnext(twin) if language == "bn" else given.addprevious(twin)
