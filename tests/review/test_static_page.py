"""review.html as text: what it says, what it escapes, what it must never ask for."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest
from desk_samples import sample_run

from pipeline.review.diff import word_diff
from pipeline.review.static import make_page, render_review
from pipeline.review.view import Where, find_literally, view_row


class Outline(HTMLParser):
    """Tags, attributes and visible text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.ids, self.handlers, self.words = [], [], [], [], []
        self.silent = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.silent += tag in {"script", "style"}
        for name, value in attrs:
            if name in {"href", "src", "action", "srcset", "data", "poster"}:
                self.links.append(value)
            if name == "id":
                self.ids.append(value)
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_endtag(self, tag):
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data):
        if not self.silent:
            self.words.append(data)


@pytest.fixture(scope="module")
def text():
    rows, manifest, scores, _ = sample_run()
    return render_review(rows, manifest, scores)


@pytest.fixture(scope="module")
def outline(text):
    return Outline(text)


def test_every_segment_is_there_word_for_word(outline):
    shown = "".join(outline.words)
    rows, *_ = sample_run()
    for row in rows:
        assert row["source"] in shown
        assert row["target"] in shown


def test_nothing_is_loaded_from_anywhere(text, outline):
    assert all(link.startswith("#") for link in outline.links)
    assert re.findall(r"url\((?!\"data:font/woff2;base64,)", text) == []
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_an_article_cannot_add_markup(outline):
    assert outline.tags.count("script") == 1
    assert outline.handlers == []
    assert not {"img", "svg", "iframe", "object"} & set(outline.tags)


def test_ids_are_unique(outline):
    assert len(outline.ids) == len(set(outline.ids))


def test_policy_admits_exactly_the_scripts_and_styles_inside(text):
    from pipeline.review.assets import content_hash

    for tag in ("script", "style"):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[1]
        assert f"{tag}-src {content_hash(inside)}" in html.unescape(text)


def test_both_fonts_are_inside(text):
    assert text.count("data:font/woff2;base64,") == 2


def test_scores_and_totals_are_shown(outline):
    shown = " ".join(outline.words)
    assert "63.21" in shown
    assert "34.56" in shown


def test_an_empty_run_and_bare_rows_still_make_a_page():
    assert "Setu review" in render_review([], {}, {})
    bare = {"id": "a:0", "doc": "a", "index": 0, "start": 0, "end": 1, "source": "x", "target": "y"}
    assert "Setu review" in render_review([bare], {"documents": []}, {"documents": {"a": None}})


def test_page_counts():
    rows, manifest, scores, _ = sample_run()
    page = make_page(rows, manifest, scores)
    totals = dict(page.totals)
    assert (totals["documents"], totals["segments"], totals["contested"]) == ("3", "11", "3")
    assert (totals["errors"], totals["warnings"]) == ("1", "1")
    assert page.documents[1].direction_name == "English → Bengali"


def row_of(source, target, **more):
    return {
        "id": "d:0",
        "doc": "d",
        "index": 0,
        "start": 100,
        "end": 100 + len(source),
        "source": source,
        "target": target,
        **more,
    }


def view_of(row):
    return view_row(row, 0, Where([row]))


def term(start, surface, target, **more):
    fields = {
        "entry": target.lower(),
        "proposed": target.lower(),
        "target": target,
        "status": "ok",
        "evidence": [],
        "readings": [],
    }
    span = {"start": start, "end": start + len(surface), "surface": surface, "suffix": ""}
    return {"segment": "d:0", **span, **fields, **more}


@pytest.mark.parametrize(
    ("label", "source", "target", "terms", "expected"),
    [
        ("one term", "এসসিও শীর্ষ", "the SCO summit", [term(100, "এসসিও", "SCO")], ["SCO"]),
        ("plural belongs to the mark", "এসসিওর", "SCOs aim", [term(100, "এসসিও", "SCO")], ["SCOs"]),
        (
            "twice, in order",
            "এসসিও এসসিও",
            "SCO and SCO",
            [term(100, "এসসিও", "SCO"), term(106, "এসসিও", "SCO")],
            ["SCO", "SCO"],
        ),
        (
            "second is missing",
            "এসসিও এসসিও",
            "SCO only",
            [term(100, "এসসিও", "SCO"), term(106, "এসসিও", "SCO")],
            ["SCO"],
        ),
        ("not inside a word", "চীন", "Chinatown MachinaChina, China", [term(100, "চীন", "China")], ["China"]),
        ("Bengali case ending", "SCO aim", "এসসিওর লক্ষ্য", [term(100, "SCO", "এসসিও")], ["এসসিওর"]),
        ("absent", "এসসিও", "nothing here", [term(100, "এসসিও", "SCO")], []),
    ],
)
def test_terms_are_marked_in_the_translation(label, source, target, terms, expected):
    view = view_of(row_of(source, target, terms=terms))
    assert [run.text for run in view.target_runs if run.term] == expected, label
    assert "".join(run.text for run in view.source_runs) == source
    assert "".join(run.text for run in view.target_runs) == target


def test_spans_beyond_the_text_are_clipped_not_lost():
    finding = {"check": "c", "severity": "error", "message": "m", "evidence": {}}
    finding |= {"source_span": [90, 999], "target_span": [2, 2]}
    view = view_of(row_of("abc", "xyz", findings=[finding]))
    assert [(run.text, bool(run.finding)) for run in view.source_runs] == [("abc", True)]
    assert [(run.text, bool(run.finding)) for run in view.target_runs] == [("xyz", False)]
    assert view.checks == ("c",)
    assert view.worst == "error"


def test_places_in_evidence_become_segments():
    evidence = {
        "other_span": [100, 103],
        "places": [[100, 101], [101, 102], [900, 901]],
        "said": "Wednesday",
        "n": None,
    }
    row = row_of("abc", "xyz", findings=[{"check": "c", "severity": "info", "message": "m", "evidence": evidence}])
    assert view_of(row).notes[0].facts == (("segment", "1"), ("segments", "1"), ("said", "Wednesday"), ("n", "—"))


def test_a_finding_about_a_contest_is_told_in_the_contest():
    contest = term(100, "এমইএ", "SCO", status="contested", readings=[{"entry": "sco", "for": [], "strength": 1.0}])
    finding = {"check": "contested-acronym", "severity": "warning", "message": "seems to stand for SCO"}
    row = row_of("এমইএ শীর্ষ", "the SCO summit", terms=[contest], findings=[{**finding, "source_span": [100, 104]}])
    view = view_of(row)
    assert view.notes[0].says == ("seems to stand for SCO",)
    assert [run.finding for run in view.source_runs] == ["", ""]
    assert view.checks == ("contested-acronym",)
    page = render_review([row], {}, {})
    assert page.count("seems to stand for SCO") == 1


def test_evidence_says_in_which_segment_it_stands():
    rows, *_ = sample_run()
    views = [view_row(row, number, Where(rows)) for number, row in enumerate(rows)]
    contest = next(note for note in views[3].notes if note.kind == "contested")
    assert {(item["where"], item["number"]) for item in contest.evidence} == {("s3", 4)}
    assert [reading["entry"] for reading in contest.readings] == ["sco", "mea"]
    assert contest.readings[0]["proofs"][0]["kind"] == "expansion"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("the MEA summit", "the SCO summit", ["the ", "-MEA", "+SCO", " summit"]),
        ("", "new", ["+new"]),
        ("same", "same", ["same"]),
        ("ভারতের ক্ষেত্রে", "ভারতীয় ক্ষেত্রে", ["-ভারতের", "+ভারতীয়", " ক্ষেত্রে"]),
    ],
)
def test_word_diff(before, after, expected):
    pieces = word_diff(before, after)
    assert [{"same": "", "del": "-", "ins": "+"}[p.op] + p.text for p in pieces] == expected
    assert "".join(p.text for p in pieces if p.op != "ins") == before
    assert "".join(p.text for p in pieces if p.op != "del") == after


def test_find_literally_needs_a_target():
    assert find_literally("x", "", "text") == []
