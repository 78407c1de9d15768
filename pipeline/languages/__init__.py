"""Language facts as data, one module a language."""

from __future__ import annotations

from pipeline.languages.base import LanguageFacts
from pipeline.languages.bengali import BENGALI
from pipeline.languages.english import ENGLISH
from pipeline.records import Language

__all__ = ["FACTS", "LanguageFacts", "facts"]

FACTS: dict[Language, LanguageFacts] = {"bn": BENGALI, "en": ENGLISH}


def facts(language: Language) -> LanguageFacts:
    """The facts of a language."""
    return FACTS[language]
