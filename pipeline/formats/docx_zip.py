"""Word files as what they are: a ZIP of XML parts, opened with limits and written back without clock times."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from lxml import etree

from pipeline.errors import InputError
from pipeline.formats.xml_safe import parse_xml

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["Package", "W", "main_part", "pack", "parse_part", "part_bytes", "unpack", "w"]

W: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES: Final = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_MAIN: Final = (
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
    "application/vnd.ms-word.document.macroEnabled.main+xml",
)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
MAX_UNPACKED: Final = 256 * 1024 * 1024
"""Bytes that the parts of a file may take together when unpacked."""
MAX_PARTS: Final = 5000

Package = dict[str, bytes]
"""Part name → bytes, in the order of the file."""


def w(name: str) -> str:
    """A name in WordprocessingML's namespace, as lxml writes it."""
    return f"{{{W}}}{name}"


def unpack(data: bytes, where: str) -> Package:
    """The parts of a Word file.

    Raises:
        InputError: not a ZIP, encrypted, damaged, too large when unpacked, or no Word document.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            unpacked = sum(info.file_size for info in infos)
            if unpacked > MAX_UNPACKED or len(infos) > MAX_PARTS:
                raise InputError(
                    where=where,
                    found=f"{len(infos):,} parts that unpack to {unpacked:,} bytes",
                    expected=f"at most {MAX_PARTS:,} parts and {MAX_UNPACKED:,} bytes",
                    do="Split the document, or remove its pictures.",
                )
            package = {info.filename: archive.read(info) for info in infos if not info.is_dir()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise _no_word(where, f"no readable ZIP archive ({error})") from None
    if "[Content_Types].xml" not in package:
        raise _no_word(where, "a ZIP archive without [Content_Types].xml")
    return package


def _no_word(where: str, found: str) -> InputError:
    return InputError(
        where=where,
        found=found,
        expected="a Word document (.docx)",
        do="Open it in Word or LibreOffice and save it as .docx without a password.",
    )


def main_part(package: Mapping[str, bytes], where: str) -> str:
    """Name of the part that holds the document's body.

    Raises:
        InputError: there is none.
    """
    types = parse_xml(package["[Content_Types].xml"], f"{where}, [Content_Types].xml")
    for override in types.iterfind(f"{_TYPES}Override"):
        name = override.get("PartName", "").lstrip("/")
        if override.get("ContentType") in _MAIN and name in package:
            return str(name)
    raise _no_word(where, "a package without a Word document in it")


def parse_part(package: Mapping[str, bytes], name: str, where: str) -> _Element:
    """The tree of a part.

    Raises:
        InputError: not well-formed, or with entities; says the part and the line.
    """
    return parse_xml(package[name], f"{where}, {name}")


def part_bytes(root: _Element) -> bytes:
    """The bytes of a part."""
    data: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)
    return data


def pack(package: Mapping[str, bytes]) -> bytes:
    """The ZIP of a package; equal parts give equal bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in package.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()
