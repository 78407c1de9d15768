"""The engine that ships with Setu: phrase-based translation in numpy, offline, on two cores."""

from pipeline.engines.compact.engine import CompactEngine, load

__all__ = ["CompactEngine", "load"]
