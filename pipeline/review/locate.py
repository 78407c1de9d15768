"""Where a term's rendering stands in a translation, as the glossary sees it."""

from __future__ import annotations

from pipeline.records import Language
from pipeline.review.view import Locate, find_literally
from pipeline.termbase import TermBase
from pipeline.text import script_of

__all__ = ["locator"]


def locator(base: TermBase | None) -> Locate:
    """A finder that knows inflected and other accepted renderings; by letters alone where the glossary is silent."""

    def locate(entry: str, target: str, text: str) -> list[tuple[int, int]]:
        if base is None or entry not in base.entries:
            return find_literally(entry, target, text)
        language: Language = "bn" if script_of(text) == "bn" else "en"
        return list(base.present(entry, text, language)) or find_literally(entry, target, text)

    return locate
