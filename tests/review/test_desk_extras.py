"""The review desk in a real browser: memory, history, notes, other windows, ten thousand segments."""

from __future__ import annotations

import copy

import pytest
from desk_process import DeskProcess
from desk_samples import sample_run, write_run
from test_desk_browser import opened, settled, target, until

from pipeline.memory import Memory
from pipeline.records import Unit

pytestmark = pytest.mark.browser


def test_the_memory_offers_and_history_restores(page_at, run_folder):
    source = sample_run()[0][5]["source"]
    with Memory.open(run_folder.parent / "memory.sqlite") as memory:
        unit = Unit(source, "Kazakhstan hosts the SCO this July.", "bn", "en", id="x", doc="other", status="approved",
                    origin="approved")  # fmt: skip
        memory.add([unit])
    desk = DeskProcess(run_folder).start()
    page = opened(page_at, desk)
    before = target(page, 5)
    page.locator("#s5").focus()
    page.keyboard.press("o")
    page.locator("#s5 .asked button", has_text="Use").click()
    until(page, "document.querySelector('#s5 .target').innerText === 'Kazakhstan hosts the SCO this July.'")
    settled(page)
    page.locator("#s5").focus()
    page.keyboard.press("r")
    until(page, "text => document.querySelector('#s5 .target').innerText === text", arg=before)
    settled(page)
    page.locator("#s5 .asked summary").click()
    page.locator("#s5 .asked .history li", has_text="hosts the SCO").get_by_role("button").click()
    until(page, "document.querySelector('#s5 .target').innerText === 'Kazakhstan hosts the SCO this July.'")
    desk.kill()


def test_a_note_stays(page_at, desk):
    page = opened(page_at, desk)
    page.keyboard.press("m")
    page.keyboard.type("প্রধানমন্ত্রীর দপ্তরে জিজ্ঞেস করুন")
    page.keyboard.press("Tab")
    settled(page)
    page.reload()
    page.wait_for_selector("html[data-ready=yes]")
    assert "দপ্তরে জিজ্ঞেস করুন" in page.locator("#s0 .below").inner_text()
    page.fill("#q", "দপ্তরে")
    until(page, "document.querySelector('#shown').textContent.startsWith('1 of')")


def test_another_window_sees_the_change(chromium, desk):
    context = chromium.new_context()
    one, two = context.new_page(), context.new_page()
    for page in (one, two):
        page.goto(desk.url)
        page.wait_for_selector("html[data-ready=yes]")
    one.bring_to_front()
    one.locator("#s5").focus()
    one.keyboard.press("a")
    one.wait_for_selector("#s5.approved")
    two.wait_for_selector("#s5.approved", timeout=5000)
    context.close()


def test_an_unknown_acronym_is_proposed_for_the_glossary(page_at, tmp_path):
    rows = copy.deepcopy(sample_run()[0])
    at = rows[4]["start"]
    rows[4]["findings"] = [{
        "check": "unknown-acronym", "severity": "info", "message": "XYZ is in no glossary",
        "source_span": [at, at + 3], "target_span": None,
        "evidence": {"letters": "PMO", "proposed": {"id": "pmo", "en": "PMO", "bn": "পিএমও"}},
    }]  # fmt: skip
    desk = DeskProcess(write_run(tmp_path / "run", rows=rows)).start()
    page = opened(page_at, desk)
    page.locator("#s4 .chip", has_text="XYZ").click()
    page.locator("#s4 .note button", has_text="Add to glossary").click()
    filled = [page.input_value(f"#g-{name}") for name in ("bn", "en", "id", "type")]
    assert filled == ["পিএমও", "PMO", "pmo", "acronym"]
    desk.kill()


def test_a_refused_entry_says_why_and_keeps_what_was_typed(page_at, desk):
    page = opened(page_at, desk)
    page.keyboard.press("g")
    for name, text in (("bn", "এসসিও"), ("en", "SCO"), ("id", "sco")):
        page.fill(f"#g-{name}", text)
    page.keyboard.press("Enter")
    until(page, "document.querySelector('#g-problem').textContent.includes('already')")
    assert page.input_value("#g-bn") == "এসসিও"


def many(count):
    """Rows of the sample article over and over, as `count` segments of one document."""
    rows, offset = [], 0
    pattern = [row for row in sample_run()[0] if row["doc"] == "02-kazakhstan-call"]
    for index in range(count):
        row = pattern[index % len(pattern)]
        length = row["end"] - row["start"]
        place = {"id": f"big:{index:05}", "doc": "big", "index": index, "start": offset, "end": offset + length}
        rows.append({**row, **place, "terms": [], "findings": []})
        offset += length + 1
    return rows


def test_ten_thousand_segments_are_a_few_rows(page_at, tmp_path):
    manifest = sample_run()[1]
    manifest["documents"] = [{"doc": "big", "path": "big.txt", "sha256": "", "direction": "bn-en", "segments": 10_000,
                              "status": "done"}]  # fmt: skip
    desk = DeskProcess(write_run(tmp_path / "big", rows=many(10_000), manifest=manifest)).start()
    page = opened(page_at, desk)
    assert page.locator(".row").count() <= 120
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_selector("#s9999")
    assert page.locator(".row").count() <= 240
    page.locator("#s9999").focus()
    page.keyboard.press("e")
    page.locator("#s9999 textarea").fill("The very last segment.")
    settled(page)
    page.keyboard.press("Escape")
    page.fill("#q", "very last")
    until(page, "document.querySelector('#shown').textContent.startsWith('1 of 10000')")
    assert target(page, 9999) == "The very last segment."
    desk.kill()
