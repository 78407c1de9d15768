"""Rows of a run, as the formats get them: the five seeds, and texts that break naive writers."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.files import read_document
from pipeline.segment import segment

SEEDS = Path(__file__).resolve().parents[2] / "seeds"

TRICKY = {
    "markup": ("<b>x</b> & &amp; \"q\" 'a' ]]>", "<script>alert(1)</script> javascript:alert(1)"),
    "white space": ("  দুই  ফাঁক\tও ট্যাব ", " two  spaces "),
    "line ends": ("এক\nদুই\r\nতিন\rচার", "one\n\ntwo\r\n"),
    "formula": ("=1+2", "@handle -5 '=x"),
    "apostrophe": ("'=1", "''+1"),
    "nukta apart": ("\u09af\u09bc \u09a1\u09bc", "\u09df \u09dc"),
    "joiners": ("র\u200d্যাব ক্\u200cষ", "a\u200bb\u00adc\ufeff"),
    "beyond the first plane": ("😀 𑂿", "🇮🇳"),
    "nothing": ("…", ""),
}
CONTROLS = ("এক\x0bদুই\x0cতিন", "\x0b\x0b ￿ x\x0c")
"""Vertical tab, form feed and a noncharacter: text may hold them, XML may not."""


def tricky_rows(texts):
    return [
        {
            "id": f"odd:{index:04d}", "doc": "odd", "index": index, "start": 0, "end": 0, "kind": "sentence",
            "source": source, "raw": target + "!", "target": target,
            "status": ("draft", "approved", "rejected")[index % 3],
            "findings": [{"check": "numbers", "severity": "error", "message": f"5 <& {label}"}],
            "note": "see\nপৃষ্ঠা ২" if index % 2 else "", "changed": "2026-11-22T05:00:00Z" if index % 4 == 1 else "",
        }
        for index, (label, (source, target)) in enumerate(texts.items())
    ]  # fmt: skip


def seed_rows(path):
    document = read_document(path)
    return [
        {
            "id": part.id, "doc": part.doc, "index": part.index, "start": part.start, "end": part.end,
            "kind": part.kind, "source": part.text, "raw": "raw", "target": f"{part.text[::-1]} {part.index}",
            "status": "approved" if part.index % 2 else "draft", "findings": [],
        }
        for part in segment(document)
    ]  # fmt: skip


def manifest_of(documents):
    return {
        "run_id": "20260718-abc", "started": "2026-07-18T10:00:00Z", "finished": "2026-07-18T10:01:02Z",
        "setu_version": "0.1", "documents": documents,
    }  # fmt: skip


def entry(path):
    document = read_document(path)
    direction = "bn-en" if document.language == "bn" else "en-bn"
    return {"doc": document.doc, "path": str(path), "sha256": document.sha256, "direction": direction}


@pytest.fixture(scope="session")
def seeds_run():
    """Rows and manifest of all seeds, both directions."""
    paths = sorted(SEEDS.glob("0*.txt"))
    return [row for path in paths for row in seed_rows(path)], manifest_of([entry(path) for path in paths])


@pytest.fixture(scope="session")
def bengali_run():
    """The four Bengali seeds: one direction, as XLIFF 2 wants it."""
    paths = [path for path in sorted(SEEDS.glob("0*.txt")) if "04" not in path.name]
    return [row for path in paths for row in seed_rows(path)], manifest_of([entry(path) for path in paths])


@pytest.fixture(scope="session")
def tricky_run():
    return tricky_rows(TRICKY), manifest_of([{"doc": "odd", "path": "odd.txt", "sha256": "", "direction": "bn-en"}])


@pytest.fixture(scope="session")
def control_run():
    texts = TRICKY | {"controls": CONTROLS}
    return tricky_rows(texts), manifest_of([{"doc": "odd", "path": "odd.txt", "sha256": "", "direction": "bn-en"}])
