"""Setu: a Bengali-English translation desk for diplomatic news."""

__all__ = ["__version__"]

__version__ = "0.1.0"
