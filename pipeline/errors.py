"""Every error that Setu raises on purpose.

SetuError                 the root: the command line prints it and exits 2
├── InputError            a file, line or value given by the user is not usable
├── GlossaryError         glossary YAML that cannot be used as it stands
├── EngineError           a translation engine is missing, broken or refused the text
└── OutputError           results cannot be written

A message always says where, what was found, what was expected and what to do.
"""

from __future__ import annotations

__all__ = ["EngineError", "GlossaryError", "InputError", "OutputError", "SetuError"]


class SetuError(Exception):
    """Root of the tree; raised only through its children."""

    def __init__(self, *, where: str, found: str, expected: str, do: str) -> None:
        """Keep the four facts apart so that `--json` output and tests can read them.

        Args:
            where: file (with line or byte offset), option or engine that the fault is in.
            found: what is there.
            expected: what should be there.
            do: what the user can do next.
        """
        super().__init__(where, found, expected, do)
        self.where, self.found, self.expected, self.do = where, found, expected, do

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}; expected {self.expected}. {self.do}"


class InputError(SetuError):
    """A file, line or value given by the user is not usable."""


class GlossaryError(SetuError):
    """Glossary YAML that cannot be used as it stands."""


class EngineError(SetuError):
    """A translation engine is missing, broken or refused the text."""


class OutputError(SetuError):
    """Results cannot be written."""
