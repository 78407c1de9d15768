"""review.html in a real browser, from a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk_samples import sample_run

from pipeline.review.static import render_review
from pipeline.text import key

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def faults_of(page):
    """What axe finds wrong, short."""
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, rules)", RULES)
    return [(item["id"], [node["html"][:120] for node in item["nodes"]][:3]) for item in found["violations"]]


@pytest.fixture(scope="module")
def file_url(tmp_path_factory):
    rows, manifest, scores, _ = sample_run()
    path = tmp_path_factory.mktemp("page") / "review.html"
    path.write_text(render_review(rows, manifest, scores), encoding="utf-8")
    return path.as_uri()


def opened(page_at, file_url, width=1280, *, scheme="light"):
    page = page_at(width, scheme=scheme)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file_url)
    page.wait_for_function("document.querySelector('#shown').textContent !== ''")
    assert [url for url in asked if not url.startswith("data:")] == [file_url]
    return page


def test_hostile_article_is_only_text(page_at, file_url):
    page = opened(page_at, file_url)
    assert page.title() == "Setu review: seeds-0123456789"
    assert "<script>document.title='owned'</script>" in page.locator("main").inner_text()


def test_bengali_is_set_in_the_font_inside(page_at, file_url):
    page = opened(page_at, file_url)
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.check('16px \"Setu Bengali\"', 'ক্ষ')")
    assert "loaded" in page.evaluate("[...document.fonts].map(font => font.status)")


def test_a_mark_lights_its_partner_and_opens_its_evidence(page_at, file_url):
    page = opened(page_at, file_url)
    row = page.locator("#s3")
    row.locator(".source .contested").hover()
    assert row.locator(".target .lit").all_inner_texts() == ["SCO"]
    row.locator(".source .contested").click()
    note = row.locator(".note.open")
    assert "expansion" in note.inner_text()
    assert "strength 3.00" in note.inner_text()
    assert row.locator(".chip").get_attribute("aria-expanded") == "true"
    page.keyboard.press("Enter")
    assert row.locator(".note.open").count() == 0


@pytest.mark.parametrize(
    ("label", "act", "count"),
    [
        ("findings only", lambda page: page.check("#f-finding"), 2),
        ("contested only", lambda page: page.check("#f-contested"), 3),
        ("one document", lambda page: page.select_option("#f-doc", "04-belgium-defence"), 2),
        ("one check", lambda page: page.select_option("#f-check", "numbers"), 1),
        ("a status", lambda page: page.select_option("#f-status", "draft"), 11),
        ("Bengali, nukta letter written as two", lambda page: page.fill("#q", "টোকায\u09bcেভ"), 1),
        ("Bengali, nukta letter written as one", lambda page: page.fill("#q", "টোকা\u09dfেভ"), 1),
        ("Bengali with a stray joiner", lambda page: page.fill("#q", "কাজাখ\u200dস্তানের"), 2),
        ("English, any case", lambda page: page.fill("#q", "zorawar LIGHT"), 0),
        ("source of the English article", lambda page: page.fill("#q", "Zorawar Light TANK"), 1),
        ("nothing", lambda page: page.fill("#q", "zzz"), 0),
    ],
)
def test_filters(page_at, file_url, label, act, count):
    page = opened(page_at, file_url)
    if label == "English, any case":
        count = 1
    act(page)
    page.wait_for_timeout(150)
    assert page.locator(".row:visible").count() == count, label
    assert page.locator("#nothing").is_visible() == (count == 0)


def test_keys_walk_the_rows(page_at, file_url):
    page = opened(page_at, file_url)
    for press, expected in [("j", "s0"), ("j", "s1"), ("n", "s2"), ("p", "s1"), ("k", "s0")]:
        page.keyboard.press(press)
        assert page.evaluate("document.activeElement.id") == expected
    page.keyboard.press("o")
    assert page.locator("#s0 .note.open").count() == 1
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "light"), (1280, "dark"), (390, "dark")])
def test_axe_and_no_sideways_scrolling(page_at, file_url, width, scheme):
    page = opened(page_at, file_url, width, scheme=scheme)
    page.evaluate("for (const note of document.querySelectorAll('.note')) note.classList.add('open')")
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    assert faults_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_figure_of_a_document_is_on_a_phone_screen_with_its_name(page_at, file_url):
    page = opened(page_at, file_url, 390)
    page.click("#overview summary")
    cells = page.locator(".stacks tbody td.number")
    assert cells.count() > 4
    for k in range(cells.count()):
        box = cells.nth(k).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert cells.nth(k).get_attribute("data-label")


@pytest.mark.parametrize("script", [True, False])
def test_on_a_phone_the_articles_begin_on_the_first_screen(chromium, file_url, script):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=script)
    page = context.new_page()
    page.goto(file_url)
    table, fold = page.locator(".stacks"), page.locator("#overview summary")
    assert not table.is_visible()
    assert fold.inner_text() == "3 documents, 3 contested, 1 error, 1 warning"
    first = page.locator(".row .target").first.bounding_box()
    assert first["y"] + first["height"] < 844 * 2 / 3
    page.keyboard.press("Tab")  # past the link that skips to the articles
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert table.is_visible()
    page.get_by_role("link", name="04-belgium-defence").click()
    assert page.url.endswith("#d1")
    fold.click()
    assert not table.is_visible()
    context.close()


@pytest.mark.parametrize(("width", "media"), [(1280, "screen"), (769, "screen"), (390, "print")])
def test_where_there_is_room_the_documents_are_always_in_view(page_at, file_url, width, media):
    page = opened(page_at, file_url, width)
    page.emulate_media(media=media)
    assert page.locator(".stacks").is_visible()
    assert page.locator(".totals").is_visible()
    assert not page.locator("#overview summary").is_visible()


@pytest.mark.parametrize(("width", "opens"), [(1280, True), (390, False)])
def test_a_browser_that_cannot_show_what_is_closed_opens_it_where_there_is_room(page_at, file_url, width, opens):
    page = page_at(width)
    page.add_init_script("CSS.supports = () => false")
    page.goto(file_url)
    assert page.evaluate("document.querySelector('#overview').open") == opens


@pytest.mark.parametrize(
    "text",
    [
        "টোকা\u09dfেভ", "টোকা\u09af\u09bcেভ", "কাজাখ\u200dস্তান", "হঠাৎ", "হঠাত\u09cd\u200d", "“quoted” – ‘it’", "জানান৷",
        "ক\u09c7\u09be", "Résume\u0301", "অা",
    ],
)  # fmt: skip
def test_the_browser_folds_as_the_pipeline_does(page_at, file_url, text):
    page = opened(page_at, file_url)
    folded = page.evaluate("text => searchKey(text)", text)
    assert key(folded, case=False) == key(text, case=False)
    assert page.evaluate("text => searchKey(text)", key(text, case=False)) == folded
