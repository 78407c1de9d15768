"""The files that pages are made of, read from the installed package; nothing is ever fetched."""

from __future__ import annotations

import base64
import functools
import hashlib
from importlib import resources
from typing import Final

import jinja2

__all__ = ["FONTS", "content_hash", "environment", "font_css", "read_asset", "read_bytes"]

# weight → file of the Bengali subset of Noto Sans Bengali (SIL Open Font License, fonts/OFL.txt)
FONTS: Final = {
    400: "fonts/noto-sans-bengali-bengali-400-normal.woff2",
    600: "fonts/noto-sans-bengali-bengali-600-normal.woff2",
}
# what the subset covers: Latin text falls through to the reader's own interface font
_RANGE: Final = (
    "U+0951-0952,U+0964-0965,U+0980-09FE,U+1CD0,U+1CD2,U+1CD5-1CD6,U+1CD8,U+1CE1,U+1CEA,U+1CED,"
    "U+1CF2,U+1CF5-1CF7,U+200C-200D,U+20B9,U+25CC,U+A8F1"
)


@functools.cache
def read_bytes(name: str) -> bytes:
    """The bytes of one file under `assets/`; names come from this package, never from a request."""
    return (resources.files("pipeline.review") / "assets" / name).read_bytes()


def read_asset(name: str) -> str:
    """The text of one file under `assets/`."""
    return read_bytes(name).decode("utf-8")


def font_css(*, base: str | None = None) -> str:
    """The `@font-face` rules: with the fonts inside (`base` is None), or served below the URL `base`."""
    rules = []
    for weight, name in FONTS.items():
        inline = f"data:font/woff2;base64,{base64.b64encode(read_bytes(name)).decode('ascii')}"
        url = inline if base is None else f"{base}/{name}"
        rules.append(
            f'@font-face{{font-family:"Setu Bengali";font-style:normal;font-weight:{weight};font-display:swap;'
            f'src:url("{url}") format("woff2");unicode-range:{_RANGE}}}'
        )
    return "\n".join(rules)


def content_hash(text: str) -> str:
    """The source expression that lets a Content-Security-Policy accept exactly this inline text."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii") + "'"


@functools.cache
def environment() -> jinja2.Environment:
    """Templates of this package: everything is escaped, an unknown name is an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("pipeline.review"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
