"""Taking back in a real browser: it outlives a reload, and never goes over another's work."""

from __future__ import annotations

import pytest
from desk_process import DeskProcess
from desk_samples import write_run
from test_desk_browser import opened, settled, target, until

pytestmark = pytest.mark.browser
DOC = "02-kazakhstan-call"
CHANGE = """async ([path, fields]) => {
  const token = document.querySelector('meta[name="setu-token"]').content;
  const headers = { "content-type": "application/json", "x-setu-token": token };
  const { version } = await (await fetch(path)).json();
  return (await fetch(path, { method: "PATCH", body: JSON.stringify({ ...fields, version }), headers })).status;
}"""


def path_of(number):
    return f"/api/segments/{DOC}:{number:04}"


def type_into(page, number, text):
    if not page.locator(f"#s{number} textarea").count():
        page.locator(f"#s{number} .target").click()
    page.locator(f"#s{number} textarea").fill(text)
    has = "async ([path, text]) => (await (await fetch(path)).json()).target === text"
    until(page, has, arg=[path_of(number), text])
    settled(page)


def edit(page, number, text):
    type_into(page, number, text)
    page.keyboard.press("Escape")


def elsewhere(page, number, **fields):
    """A change that no message tells the page of, as another browser makes it."""
    assert page.evaluate(CHANGE, [path_of(number), fields]) == 200


def again(page):
    page.reload()
    page.wait_for_selector("html[data-ready=yes]")


def says(page, text):
    until(page, "text => document.querySelector('#saved').textContent.includes(text)", arg=text)


def test_every_kind_of_change_is_taken_back_after_a_reload(page_at, desk):
    page = opened(page_at, desk)
    before = target(page, 5)
    edit(page, 5, "One.")
    edit(page, 5, "One. Two.")
    page.locator("#s0").focus()
    page.keyboard.press("Shift+Digit1")
    page.wait_for_selector("#s3 .chip.resolved")
    page.keyboard.press("Shift+A")
    page.wait_for_selector("#s4.approved")
    page.locator("#s2").focus()
    page.keyboard.press("x")
    page.wait_for_selector("#s2.rejected")
    settled(page)
    again(page)
    assert page.locator("#undo").is_enabled()
    for selector in ("#s2.approved", "#s4.draft", "#s3 .chip.contested"):
        page.keyboard.press("u")
        page.wait_for_selector(selector)
    page.keyboard.press("u")
    until(page, "document.querySelector('#s5 .target').innerText === 'One.'")
    says(page, "taken back")
    again(page)  # what was taken back is not taken back once more
    page.keyboard.press("u")
    until(page, "text => document.querySelector('#s5 .target').innerText === text", arg=before)
    assert page.locator("#undo").is_disabled()
    assert page.locator(".row.draft").count() == 11
    again(page)
    assert page.locator("#undo").is_disabled()


def test_what_was_being_typed_at_the_reload_is_one_step(page_at, desk):
    page = opened(page_at, desk)
    before = target(page, 5)
    type_into(page, 5, "One.")
    type_into(page, 5, "One. Two.")
    again(page)
    assert target(page, 5) == "One. Two."
    page.click("#undo")
    until(page, "text => document.querySelector('#s5 .target').innerText === text", arg=before)
    assert page.locator("#undo").is_disabled()


def test_the_last_words_before_a_reload_are_sent(page_at, desk):
    page = opened(page_at, desk)
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#s5 .target").click()
    page.locator("#s5 textarea").fill("Typed a moment before.")
    again(page)
    until(page, "document.querySelector('#s5 .target').innerText === 'Typed a moment before.'")


@pytest.mark.parametrize("learns", ["not at all", "by a reload", "from a window of the same browser"])
def test_a_newer_edit_of_another_window_is_never_undone(page_at, desk, learns):
    page = opened(page_at, desk)
    edit(page, 5, "Mine.")
    if learns.startswith("from"):
        other = page.context.new_page()
        other.goto(desk.url)
        other.wait_for_selector("html[data-ready=yes]")
        edit(other, 5, "Theirs.")
        page.bring_to_front()
        until(page, "document.querySelector('#s5 .target').innerText === 'Theirs.'")
    else:
        elsewhere(page, 5, target="Theirs.")
    if learns == "by a reload":
        again(page)
    page.keyboard.press("u")
    says(page, "not taken back: edit")
    assert target(page, 5) == "Theirs."
    assert page.locator("#undo").is_disabled()


@pytest.mark.parametrize("reload", [False, True])
def test_own_work_on_top_of_anothers_is_undone_down_to_it(page_at, desk, reload):
    page = opened(page_at, desk)
    edit(page, 4, "Somewhere else.")
    edit(page, 5, "Mine.")
    elsewhere(page, 5, target="Theirs.")
    again(page)
    edit(page, 5, "Mine again.")
    if reload:
        again(page)
    page.keyboard.press("u")
    until(page, "document.querySelector('#s5 .target').innerText === 'Theirs.'")
    page.keyboard.press("u")  # not the first edit of segment 5, but the one of segment 4
    until(page, "document.querySelector('#s4 .target').innerText !== 'Somewhere else.'")
    assert target(page, 5) == "Theirs."
    assert page.locator("#undo").is_disabled()


@pytest.mark.parametrize("choice", ["take", "keep"])
def test_after_a_conflict_undo_ends_at_the_other_windows_text(page_at, desk, choice):
    page = opened(page_at, desk)
    page.locator("#s5 .target").click()
    elsewhere(page, 5, target="Theirs.")
    page.locator("#s5 textarea").fill("Mine.")
    page.wait_for_selector("#conflict[open]")
    page.click(f"#c-{choice}")
    settled(page)
    page.keyboard.press("Escape")
    assert target(page, 5) == {"take": "Theirs.", "keep": "Mine."}[choice]
    if choice == "keep":
        page.keyboard.press("u")
        until(page, "document.querySelector('#s5 .target').innerText === 'Theirs.'")
    assert page.locator("#undo").is_disabled()


def test_of_many_segments_only_the_untouched_are_taken_back(page_at, desk):
    page = opened(page_at, desk)
    page.keyboard.press("Shift+A")
    page.wait_for_selector("#s5.approved")
    approved = page.locator(".row.approved").count()
    assert approved > 1
    elsewhere(page, 5, status="rejected")
    page.keyboard.press("u")
    says(page, f"taken back: approve all, but for 1 of {approved} segments")
    assert page.locator(".row.approved").count() == 0
    assert page.locator(".row.rejected").count() == 1


def test_undo_waits_for_a_server_that_died(page_at, desk):
    page = opened(page_at, desk)
    before = target(page, 5)
    edit(page, 5, "Mine.")
    port = desk.url.rsplit(":", 1)[1].strip("/")
    desk.kill()
    page.keyboard.press("u")
    says(page, "not taken back: the desk does not answer")
    desk.start(port)
    page.keyboard.press("u")
    until(page, "text => document.querySelector('#s5 .target').innerText === text", arg=before)


def test_the_steps_of_one_store_of_edits_are_not_those_of_another(page_at, desk, run_folder):
    page = opened(page_at, desk)
    edit(page, 5, "Mine.")
    port = desk.url.rsplit(":", 1)[1].strip("/")
    desk.kill()
    for file in run_folder.glob("review.sqlite*"):
        file.unlink()
    fresh = DeskProcess(write_run(run_folder)).start(port)
    again(page)
    elsewhere(page, 5, target="Theirs.")  # its version is the one that the old store had
    again(page)
    assert page.locator("#undo").is_disabled()
    fresh.kill()
