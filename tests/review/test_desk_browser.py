"""The review desk in a real browser: the way of an article from opening to export."""

from __future__ import annotations

import time

import pytest
from test_static_browser import faults_of

from pipeline.formats import read_units

pytestmark = pytest.mark.browser
DOC = "02-kazakhstan-call"


def opened(page_at, desk, width=1280, *, scheme="light"):
    page = page_at(width, scheme=scheme)
    page.goto(desk.url)
    page.wait_for_selector("html[data-ready=yes]")
    return page


def until(page, script, arg=None):
    """Wait until a script gives true; the policy of the page forbids Playwright's own way, which evaluates text."""
    end = time.monotonic() + 10
    while not page.evaluate(script, arg):
        assert time.monotonic() < end, (script, page.locator("#saved").inner_text())
        page.wait_for_timeout(50)


def settled(page):
    """Wait until the server has everything."""
    until(page, "document.querySelector('#saved').textContent.startsWith('all changes saved')")


def target(page, number):
    return page.locator(f"#s{number} .target").inner_text()


def decide_the_contest(page):
    """2 reads this occurrence as MEA, undo takes it back, Shift+1 decides the whole document."""
    page.keyboard.press("2")
    page.wait_for_selector("#s0 .chip.resolved")
    assert "upcoming MEA summit" in target(page, 0)
    page.keyboard.press("u")
    page.wait_for_selector("#s0 .chip.contested")
    assert "upcoming SCO summit" in target(page, 0)
    page.keyboard.press("Shift+Digit1")
    page.wait_for_selector("#s3 .chip.resolved")
    assert page.locator(".chip.contested").count() == 0


def test_an_article_from_opening_to_export(page_at, desk):
    page = opened(page_at, desk)
    decide_the_contest(page)
    # edit: the error goes while the text is typed
    page.keyboard.press("n")
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.id") == "s6"
    page.keyboard.press("e")
    field = page.locator("#s6 textarea")
    field.fill("India's link with the SCO began in 2005 as an observer country.")
    until(page, "document.querySelectorAll('#s6 .chip.error').length === 0")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#s6.approved")
    settled(page)
    # a term from the page
    page.keyboard.press("g")
    page.fill("#g-bn", "পর্যবেক্ষক দেশ")
    page.fill("#g-en", "observer country")
    assert page.input_value("#g-id") == "observer-country"
    page.keyboard.press("Enter")
    until(page, "document.querySelector('#saved').textContent.includes('applied to 1 segment')")
    assert "পর্যবেক্ষক দেশ" in page.locator("#s6 .source .term").all_inner_texts()
    # approve what nothing speaks against, search in Bengali
    page.locator("#s6").focus()
    page.keyboard.press("Shift+A")
    page.wait_for_selector("#s0.approved")
    page.keyboard.press("/")
    page.keyboard.type("টোকা\u09dfেভ")
    until(page, "document.querySelector('#shown').textContent.startsWith('1 of')")
    page.keyboard.press("Escape")
    # export what stands
    until(page, "document.querySelector('#shown').textContent.startsWith('11 segments')")
    page.locator("#s0").focus()
    assert "6 of 7 approved" in page.locator(".doc-head").first.inner_text()
    page.keyboard.press("s")
    with page.expect_download() as waiting:
        page.keyboard.press("1")
    units = read_units(waiting.value.path().read_bytes(), "tmx")
    assert {unit.doc for unit in units} == {DOC}
    assert [unit.target for unit in units if "2005" in unit.target] == [
        "India's link with the SCO began in 2005 as an observer country."
    ]
    page.keyboard.press("Escape")
    # and find it all after a reload
    page.reload()
    page.wait_for_selector("html[data-ready=yes]")
    assert "2005" in target(page, 6)
    assert page.locator(".row.approved").count() == 6
    assert page.locator(".chip.contested").count() == 0
    assert page.locator(".chip.resolved").count() == 3
    assert "পর্যবেক্ষক দেশ" in page.locator("#s6 .source .term").all_inner_texts()


def test_two_windows_lose_nothing(page_at, desk):
    one, two = opened(page_at, desk), opened(page_at, desk)
    one.locator("#s5 .target").click()
    two.locator("#s5 .target").click()
    one.locator("#s5 textarea").fill("From the first window.")
    settled(one)
    two.locator("#s5 textarea").fill("From the second window.")
    two.wait_for_selector("#conflict[open]")
    assert two.locator("#c-mine").inner_text() == "From the second window."
    assert two.locator("#c-theirs").inner_text() == "From the first window."
    two.click("#c-take")
    settled(two)
    two.keyboard.press("Escape")
    assert target(two, 5) == "From the first window."
    history = two.evaluate("fetch('/api/segments/02-kazakhstan-call:0005/history').then(answer => answer.json())")
    assert [item["target"] for item in history] == [
        "From the first window.", "From the second window.", "From the first window.",
    ]  # fmt: skip


def test_edits_wait_for_a_server_that_died(page_at, desk, run_folder):
    page = opened(page_at, desk)
    port = desk.url.rsplit(":", 1)[1].strip("/")
    desk.kill()
    page.locator("#s5 .target").click()
    page.locator("#s5 textarea").fill("Typed while the desk was dead.")
    until(page, "document.querySelector('#saved').textContent.startsWith('not saved')")
    again = desk.start(port)
    settled(page)
    again.kill()
    assert "Typed while the desk was dead." in (run_folder / "review.sqlite-wal").read_bytes().decode(
        "utf-8", "replace"
    ) + (run_folder / "review.sqlite").read_bytes().decode("utf-8", "replace")


def test_hostile_text_stays_text(page_at, desk):
    page = opened(page_at, desk)
    assert page.title() == "Setu review desk: seeds-0123456789"
    page.locator("#s9 .target").click()
    page.locator("#s9 textarea").fill("<img src=x onerror=\"document.title='owned'\"><script>1</script>")
    settled(page)
    page.keyboard.press("Escape")
    assert "<img src=x" in target(page, 9)
    assert page.locator("#feed img, #feed script").count() == 0
    assert page.title() == "Setu review desk: seeds-0123456789"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_and_no_sideways_scrolling(page_at, desk, width, scheme):
    page = opened(page_at, desk, width, scheme=scheme)
    for number in (0, 3, 6):
        page.locator(f"#s{number}").focus()
        page.keyboard.press("o")
    page.wait_for_timeout(200)
    assert faults_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for sheet in ("help", "export", "glossary"):
        page.click(f"#{sheet}-open")
        assert faults_of(page) == [], sheet
        page.keyboard.press("Escape")


def test_on_a_phone_the_tools_leave_the_screen_to_the_segments(page_at, desk):
    page = opened(page_at, desk, 390)
    assert page.locator(".doc-head").first.bounding_box()["y"] < 300
    boxes = [page.locator(f"#f-{name}").bounding_box() for name in ("doc", "status", "flag", "check", "term")]
    assert all(box["width"] >= 90 and box["height"] >= 24 for box in boxes)  # large enough to hit (WCAG 2.2, 2.5.8)


def test_everything_is_reached_by_keyboard(page_at, desk):
    page = opened(page_at, desk)
    for press, expected in [("j", "s1"), ("j", "s2"), ("k", "s1"), ("ArrowDown", "s2"), ("n", "s3"), ("p", "s2")]:
        page.keyboard.press(press)
        until(page, "id => document.activeElement.id === id", arg=expected)
    for press, expected in [("]", "s7"), ("]", "s9"), ("[", "s7"), ("[", "s0"), ("]", "s7")]:
        page.keyboard.press(press)
        until(page, "id => document.activeElement.id === id", arg=expected)
    page.locator("#s2").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#s2') !== null")
    page.keyboard.press("x")
    page.wait_for_selector("#s2.rejected")
    page.keyboard.press("u")
    page.wait_for_selector("#s2.draft")
    page.keyboard.press("?")
    page.uncheck("#keys-on")
    page.keyboard.press("Escape")
    page.locator("#s2").focus()
    page.keyboard.press("x")
    page.wait_for_timeout(200)
    assert page.locator("#s2.rejected").count() == 0


def test_undo_of_an_edit_session_is_one_step(page_at, desk):
    page = opened(page_at, desk)
    before = target(page, 5)
    page.locator("#s5 .target").click()
    for text in ("One.", "One. Two.", "One. Two. Three."):
        page.locator("#s5 textarea").fill(text)
        time.sleep(0.6)
    page.keyboard.press("Escape")
    assert target(page, 5) == "One. Two. Three."
    page.keyboard.press("u")
    until(page, "text => document.querySelector('#s5 .target').innerText === text", arg=before)


def test_nine_keys_from_opening_to_an_approved_exported_article(page_at, desk):
    """The figure that the report quotes: chords of the shortest way through an article with five open points."""
    page = opened(page_at, desk)
    chords = []

    def press(chord):
        chords.append(chord)
        page.keyboard.press(chord)

    press("Shift+Digit1")  # all three contests of the article
    page.wait_for_selector("#s3 .chip.resolved")
    press("Shift+A")  # everything that nothing speaks against
    page.wait_for_selector("#s5.approved")
    press("n")
    until(page, "document.activeElement.id === 's1'")
    press("a")  # the warning was read and accepted
    page.wait_for_selector("#s1.approved")
    press("n")
    until(page, "document.activeElement.id === 's6'")
    press("e")
    page.locator("#s6 textarea").fill("India's link with the SCO began in 2005 as an observer country.")
    press("Control+Enter")
    page.wait_for_selector("#s6.approved")
    settled(page)
    page.locator("#s6").focus()
    press("s")
    with page.expect_download() as waiting:
        press("3")
    assert len(chords) == 9
    units = read_units(waiting.value.path().read_bytes(), "csv")
    assert [(unit.doc, unit.status) for unit in units] == [(DOC, "approved")] * 7
