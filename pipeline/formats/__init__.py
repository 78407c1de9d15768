"""Interchange formats in and out."""
