"""The report for a desk head."""

from __future__ import annotations

import copy
import json

import pytest
from click.testing import CliRunner
from desk_samples import sample_run, write_run
from test_static_browser import faults_of
from test_static_page import Outline

from pipeline.cli import setu
from pipeline.review.charts import dots, history
from pipeline.review.report import figure_of, render_report, runs_beside, weakest
from pipeline.review.serve import open_service


def scored(value):
    score = copy.deepcopy(sample_run()[2])
    score["overall"]["bn-en"]["chrf"] = {"score": value, "ci": [value - 4, value + 4]}
    return score


@pytest.fixture
def runs(tmp_path):
    """Three runs of the same articles, one of others, one broken."""
    manifest = sample_run()[1]
    for day, value in (("20", 58.0), ("21", 60.4), ("22", 63.21)):
        write_run(tmp_path / f"seeds-{day}", manifest={**manifest, "finished": f"2026-11-{day}"}, scores=scored(value))
    other = {**manifest, "documents": [{**manifest["documents"][0], "sha256": "f" * 64}]}
    write_run(tmp_path / "others", manifest=other, scores=scored(99.0))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text("{")
    return tmp_path


def test_runs_of_the_same_articles_stand_in_order_of_time(runs):
    assert [name for name, _ in runs_beside(runs / "seeds-22")] == ["seeds-20", "seeds-21", "seeds-22"]


def test_the_page_says_what_was_done(runs):
    with open_service(runs / "seeds-22") as service:
        service.patch("02-kazakhstan-call:0000", {"target": "By hand.", "status": "approved", "version": 0})
        text = render_report(runs / "seeds-22")
    shown = " ".join("".join(Outline(text).words).split())
    for expected in (
        "63.2 (59.2 to 67.2)",
        "58.0 (54.0 to 62.0)",
        "terms kept 100.0 %",
        "Numbers differ",
        "(this run)",
    ):
        assert expected in shown, expected
    assert "Approved1" in shown.replace(" ", "")


def test_nothing_is_loaded_or_run(runs):
    outline = Outline(render_report(runs / "seeds-22"))
    assert outline.links == []
    assert "script" not in outline.tags
    assert "img" not in outline.tags


def test_scores_of_terms_alone_are_enough(tmp_path):
    terms = {"terms": {"success_rate": 97.5, "consistency": None, "forbidden": 0, "n": 40}, "n": 0}
    scores = {"documents": {"02-kazakhstan-call": terms}, "overall": {"bn-en": terms}}
    assert "97.5" in render_report(write_run(tmp_path / "run", scores=scores))


def test_a_run_without_scores_still_has_a_report(tmp_path):
    folder = write_run(tmp_path / "run")
    (folder / "scores.json").unlink()
    assert "One scored run" in render_report(folder)


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (None, None),
        ({}, None),
        ({"chrf": {"score": 50.0, "ci": None}}, ("d", 50.0, 50.0, 50.0)),
        ({"chrf": {"score": 50.0, "ci": [45, 56]}}, ("d", 50.0, 45.0, 56.0)),
        ({"chrf": {"score": 1.0, "ci": 3.0}}, ("d", 1.0, 0.0, 4.0)),
    ],
)
def test_figures(score, expected):
    assert figure_of("d", score) == expected


def test_plots_keep_to_their_scale():
    plot = dots([("a", 63.2, 59.0, 67.0), ("b", 41.0, 30.0, 52.0)])
    assert plot.ticks[0][1] == "30"
    for dot in plot.series[0].dots:
        assert plot.ticks[0][0] <= dot.low <= dot.x <= dot.high <= plot.ticks[-1][0] + 1
    assert dots([]) is None
    assert history([("one", [("bn-en", 50.0, 45.0, 55.0)])]) is None
    line = history([("one", [("x", 50.0, 45.0, 55.0)]), ("two", [("x", 60.0, 55.0, 65.0)])]).series[0]
    assert line.dots[0].x < line.dots[1].x
    assert line.dots[0].y > line.dots[1].y


def row(status="draft", chrf=None, findings=(), contested=0):
    terms = [{"status": "contested"}] * contested
    return {"status": status, "scores": {"chrf": chrf} if chrf is not None else {}, "terms": terms,
            "findings": [{"severity": severity} for severity in findings]}  # fmt: skip


def test_weakest_first_and_never_what_is_approved():
    rows = [row(chrf=90), row("approved", chrf=1), row(chrf=20), row(findings=["error"]), row(contested=1), row()]
    assert [item.why for item in weakest(rows)] == ["chrF++ 20.0", "1 error", "1 contested acronym", "chrF++ 90.0"]
    assert len(weakest([row(chrf=10)] * 20)) == 10


def test_command_writes_the_page_and_names_it(runs):
    result = CliRunner().invoke(setu, ["report", str(runs / "seeds-22")])
    assert result.exit_code == 0, result.output
    assert (runs / "seeds-22" / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert json.loads((runs / "seeds-22" / "manifest.json").read_text())["run_id"] == "seeds-22"


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_and_no_sideways_scrolling(page_at, runs, width, scheme):
    (runs / "r.html").write_text(render_report(runs / "seeds-22"), encoding="utf-8")
    page = page_at(width, scheme=scheme)
    page.goto((runs / "r.html").as_uri())
    assert faults_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
