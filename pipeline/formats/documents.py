"""Source documents of any kind that Setu translates: plain text, Word, HTML.

`read_any` gives a document whose lines are the paragraphs of the file; `put_back` takes the translation in
the same lines and gives the file again, translated. Between the two stands nothing but text.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pipeline.errors import InputError
from pipeline.files import decode, read_bytes, read_document, sha256_bytes
from pipeline.formats import docx_blocks, html_blocks
from pipeline.formats.docx_zip import pack, unpack
from pipeline.records import Document, Language
from pipeline.text import detect_language

__all__ = ["DOCUMENT_SUFFIXES", "is_layered", "put_back", "read_any"]

_HTML: Final = frozenset({".html", ".htm", ".xhtml"})
_WORD: Final = frozenset({".docx", ".docm"})
DOCUMENT_SUFFIXES: Final = frozenset({".txt", *_HTML, *_WORD})
"""What a folder is searched for; a file named by the user with any other suffix is read as plain text."""


def is_layered(path: Path) -> bool:
    """Whether the file is more than its text, so that a translation is put back into it."""
    return path.suffix.lower() in _HTML | _WORD


def read_any(path: Path, *, language: Language | None = None) -> Document:
    """A source document by its suffix; its language is detected unless it is given.

    Raises:
        InputError: the file cannot be read, is not what its suffix says, or has no text.
    """
    if not is_layered(path):
        return read_document(path, language=language)
    data = read_bytes(path)
    lines = _lines(data, path)
    if not lines:
        raise InputError(
            where=str(path),
            found="a document without text",
            expected="paragraphs to translate",
            do="Check that the file was saved; text in pictures cannot be read.",
        )
    text = "\n".join(lines) + "\n"
    spoken = language or detect_language(text, where=str(path))
    return Document(doc=path.stem, path=str(path), text=text, sha256=sha256_bytes(data), language=spoken)


def _lines(data: bytes, path: Path) -> list[str]:
    if path.suffix.lower() in _WORD:
        return docx_blocks.extract(unpack(data, str(path)), str(path))
    page = decode(data, where=str(path))
    return [block.plain(page) for block in html_blocks.blocks(page)]


def put_back(path: Path, document: Document, translated: str, *, language: Language) -> bytes:
    """The file with its text translated, everything else as it was.

    Args:
        path: the source file.
        document: what `read_any` gave for it.
        translated: the translation in the document's layout, line for line (`segment.rejoin` writes it so).
        language: of the translation.

    Raises:
        InputError: the file changed since it was read, or the lines do not correspond.
    """
    data = read_bytes(path)
    if sha256_bytes(data) != document.sha256:
        raise InputError(
            where=str(path),
            found="a file that changed since it was read",
            expected="the file as it was translated",
            do="Translate it again.",
        )
    if not is_layered(path):
        return translated.encode()
    lines = _checked(translated.split("\n")[:-1], document, path)
    if path.suffix.lower() in _WORD:
        return pack(docx_blocks.put(unpack(data, str(path)), lines, str(path), language=language))
    return _put_html(data, lines, str(path), language=language)


def _checked(lines: Sequence[str], document: Document, path: Path) -> Sequence[str]:
    wanted = document.text.count("\n")
    if len(lines) != wanted:
        raise InputError(
            where=str(path),
            found=f"a translation of {len(lines)} lines",
            expected=f"{wanted}, one for each paragraph",
            do="Keep the line ends of the source.",
        )
    return lines


def _put_html(data: bytes, lines: Sequence[str], where: str, *, language: Language) -> bytes:
    """In the encoding that the page came in."""
    result = html_blocks.replaced(decode(data, where=where), lines, language=language)
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return mark + result.encode(encoding)
    return result.encode()
