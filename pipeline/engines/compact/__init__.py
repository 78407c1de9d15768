"""The engine that ships with Setu: phrases, ordered and weighed by a small int8 network; offline, on two cores."""

from pipeline.engines.compact.engine import CompactEngine, load

__all__ = ["CompactEngine", "load"]
