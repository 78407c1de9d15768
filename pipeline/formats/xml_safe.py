"""XML from strangers, read without its traps: no entities, no network, no DTD, bounded size.

A TMX file names a DTD in its DOCTYPE, so a DOCTYPE alone is allowed; it is never loaded. A document that
declares an entity (billion laughs, XXE) is refused before anything is expanded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from lxml import etree

from pipeline.errors import InputError

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["MAX_XML_BYTES", "XML_LANG", "local_name", "parse_xml"]

MAX_XML_BYTES = 128 * 1024 * 1024
"""Largest XML file that is read, in bytes: about 150,000 bilingual units of news text."""

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class _PrologueDoneError(Exception):
    """Stops the scan at the root element."""


def _refuse_entities(data: bytes, where: str) -> None:
    """Walk the prologue with expat and refuse the first entity declaration, with its line."""
    parser = expat.ParserCreate()

    def declared(name: str, *_: object) -> None:
        raise InputError(
            where=f"{where}, line {parser.CurrentLineNumber}",
            found=f"a declaration of the entity '{name}'",
            expected="XML without entity declarations",
            do="Such declarations can read files or fill the memory; remove them and write the text itself.",
        )

    def root(*_: object) -> None:
        raise _PrologueDoneError

    parser.EntityDeclHandler = declared
    parser.StartElementHandler = root
    try:
        parser.Parse(data, True)  # noqa: FBT003 (expat takes the flag by position only)
    except (_PrologueDoneError, expat.ExpatError, ValueError, LookupError):
        return  # what is malformed or in an encoding of its own is judged by the real parser, with its line


def parse_xml(data: bytes, where: str) -> _Element:
    """The root element of an XML document.

    Args:
        data: the bytes of the file; the XML declaration or a byte order mark says the encoding.
        where: what messages call the source, usually its path.

    Raises:
        InputError: too large, not well-formed, or declares entities; says the line.
    """
    if len(data) > MAX_XML_BYTES:
        raise InputError(
            where=where,
            found=f"{len(data):,} bytes of XML",
            expected=f"at most {MAX_XML_BYTES:,} bytes",
            do="Split the file.",
        )
    _refuse_entities(data, where)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        attribute_defaults=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise InputError(
            where=f"{where}, line {line}",
            found=f"XML that is not well-formed ({error})",
            expected="well-formed XML",
            do="Export the file again, or mend that line.",
        ) from error
    _refuse_leftover_entities(root, where)
    return root


def _refuse_leftover_entities(root: _Element, where: str) -> None:
    """Second door: an encoding that expat cannot read must not bring entities past it."""
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise InputError(
            where=f"{where}, line 1",
            found="entity declarations",
            expected="XML without entity declarations",
            do="Remove them and write the text itself.",
        )


def local_name(element: _Element) -> str:
    """Name of an element without its namespace."""
    return str(etree.QName(element).localname)
