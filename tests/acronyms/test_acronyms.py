"""Verdicts on acronyms: the real seeds with the real glossary, and invented pairs with an invented one."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from acronym_desk import HERE, invented, verdicts
from hypothesis import given
from hypothesis import strategies as st

from pipeline.acronyms import JudgeOptions, decode_letters
from pipeline.acronyms_letters import initials, letters_of
from pipeline.files import read_document
from pipeline.termbase import TermBase, load
from pipeline.text import key

ROOT = Path(__file__).parents[2]
LETTERS = json.loads((HERE / "letters.json").read_text("utf-8"))
CASES = json.loads((HERE / "cases.json").read_text("utf-8"))
REAL = json.loads((HERE / "real.json").read_text("utf-8"))
ARTICLES = sorted([*(ROOT / "seeds").glob("0*.txt"), *(ROOT / "seeds" / "references").glob("0*.txt")])


@pytest.fixture(scope="module")
def real() -> TermBase:
    return load([ROOT / "glossary" / "diplomacy.yaml"])


@pytest.fixture(scope="module")
def small() -> TermBase:
    return invented()


@pytest.mark.parametrize("case", LETTERS, ids=lambda case: case["word"])
def test_letters(case: dict[str, Any]) -> None:
    assert decode_letters(case["word"]) == [tuple(reading) for reading in case["readings"]]


PARTS = ["এ", "স", "এস", "সি", "ও", "কে", "টি", "র", "-", ".", " ", "ডব্লিউ"]


@given(st.lists(st.sampled_from(PARTS), max_size=20))
def test_decoding_ends_and_gives_capitals(parts: list[str]) -> None:
    word = "".join(parts)
    for letters, ending in decode_letters(word):
        assert letters.isascii()
        assert letters.isupper()
        assert ending == "" or key(word).strip(" .-").endswith(ending)


@pytest.mark.parametrize(
    ("surface", "letters"),
    [
        ("MEA", "MEA"),
        ("U.N.", "UN"),
        ("এসসিও", "SCO"),
        ("G20", "G20"),
        ("G-7", "G7"),
        ("ন্যাটো", ""),
        ("Nato", ""),
        ("X", ""),
    ],
)
def test_letters_of_a_surface(surface: str, letters: str) -> None:
    assert letters_of(surface) == letters


def test_initials_leave_small_words_out() -> None:
    assert initials("Ministry of External Affairs") == "MEA"
    assert initials("Asia-Pacific Economic Cooperation") == "APEC"


def told(text: str, matches: list[Any]) -> list[str]:
    return [f"{m.surface} {m.status} {m.proposed}" for m in matches if m.evidence]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['language']} {case['label']}")
def test_verdicts(case: dict[str, Any], small: TermBase) -> None:
    _, _, matches, findings = verdicts(case["text"], case["language"], small)
    assert told(case["text"], matches) == case["verdicts"]
    contested = sum(" contested " in verdict for verdict in case["verdicts"])
    assert [finding.check for finding in findings].count("contested-acronym") == contested


@pytest.mark.parametrize("case", REAL, ids=lambda case: f"{case['language']} {case['label']}")
def test_verdicts_with_the_real_glossary(case: dict[str, Any], real: TermBase) -> None:
    _, _, matches, _ = verdicts(case["text"], case["language"], real)
    assert [f"{m.surface} {m.proposed}" for m in matches if m.status == "contested"] == case["contested"]


def test_the_second_seed_has_exactly_its_three_wrong_acronyms(real: TermBase) -> None:
    document = read_document(ROOT / "seeds" / "02-kazakhstan-call.txt")
    _, segments, matches, findings = verdicts(document.text, "bn", real)
    by_id = {segment.id: segment for segment in segments}
    office = [match for match in matches if match.surface == "এমইএ"]
    assert [(by_id[match.segment].line, match.status, match.proposed, match.target) for match in office[:4]] == [
        (1, "contested", "sco", "SCO"),
        (3, "contested", "sco", "SCO"),
        (4, "contested", "sco", "SCO"),
        (4, "ok", "mea", office[3].target),
    ]
    assert [(by_id[match.segment].line, match.status, match.proposed) for match in office[4:]] == [(5, "ok", "mea")]
    assert [match.status for match in matches].count("contested") == 3
    assert [finding.check for finding in findings] == ["contested-acronym"] * 3


@pytest.mark.parametrize(
    "path", [path for path in ARTICLES if path.name != "02-kazakhstan-call.txt"], ids=lambda p: p.stem
)
def test_no_other_article_has_a_contested_acronym(path: Path, real: TermBase) -> None:
    document = read_document(path)
    _, _, matches, findings = verdicts(document.text, document.language, real)
    assert [match.surface for match in matches if match.status != "ok"] == []
    assert [finding.message for finding in findings if finding.severity != "info"] == []


def test_evidence_of_a_contested_acronym_says_where_and_for_what(real: TermBase) -> None:
    text = (ROOT / "seeds" / "02-kazakhstan-call.txt").read_text("utf-8")
    _, _, matches, _ = verdicts(text, "bn", real)
    match = [match for match in matches if match.status == "contested"][2]
    assert match.evidence[1].text == text[match.evidence[1].start : match.evidence[1].end] == "সাংহাই সহযোগিতা সংস্থা"
    assert (match.evidence[1].kind, match.evidence[1].says) == ("expansion", "sco")
    assert (match.evidence[0].kind, match.evidence[0].text, match.evidence[0].says) == ("letters", "M-E-A", "mea")
    assert [reading.entry for reading in match.readings] == ["sco", "mea"]
    for reading in match.readings:
        told_by = [match.evidence[index] for index in reading.evidence]
        assert {item.says for item in told_by} == {reading.entry}
        assert sum(item.strength for item in told_by) == pytest.approx(reading.strength, abs=0.01)


def test_matches_that_are_no_acronyms_pass_through(small: TermBase) -> None:
    _, _, matches, _ = verdicts("বেলজিয়াম ও ইউরোপীয় ইউনিয়ন, https://a.in", "bn", small)
    assert [(match.entry, match.status, match.evidence) for match in matches] == [
        ("belgium", "ok", ()),
        ("eu", "ok", ()),
        ("do-not-translate", "ok", ()),
    ]


def test_a_translation_that_names_the_rival_is_evidence(small: TermBase) -> None:
    text = "ইউএনজিএ আজ ভেটো তোলে।"
    assert told(text, verdicts(text, "bn", small)[2]) == ["ইউএনজিএ ok unga"]
    options = JudgeOptions(translations={"a:0000": "The UN Security Council vetoed it."})
    _, _, matches, _ = verdicts(text, "bn", small, options=options)
    assert told(text, matches) == ["ইউএনজিএ contested unsc"]
    assert [item.text for item in matches[0].evidence if item.kind == "translation"] == ["UN Security Council"]


def test_a_translation_of_the_rivals_own_mention_is_no_evidence(small: TermBase) -> None:
    text = "নিরাপত্তা পরিষদ ও ইউএনজিএ আজ কথা বলে।"
    options = JudgeOptions(translations={"a:0000": "The UN Security Council and the UNGA spoke."})
    assert told(text, verdicts(text, "bn", small, options=options)[2]) == ["ইউএনজিএ ok unga"]


@pytest.mark.parametrize(
    ("label", "language", "text", "expected"),
    [
        ("unknown", "bn", "আইএইএ প্রধান আসেন।", [("আইএইএ", "IAEA", "আইএইএ")]),
        ("unknown with ending", "bn", "এনডিএমকে জানায়।", [("এনডিএমকে", "NDM", "এনডিএম")]),
        ("unknown with hyphen", "bn", "এনআইএ-র তদন্ত।", [("এনআইএ-র", "NIA", "এনআইএ")]),
        ("dotted", "bn", "এ.বি.সি. আসে।", [("এ.বি.সি", "ABC", "এ.বি.সি")]),
        ("final letter or ending, alone", "bn", "এনডিএ জেতে।", [("এনডিএ", "NDA", "এনডিএ")]),
        (
            "final letter or ending, told by another form",
            "bn",
            "আরজেডিও জেতে। আরজেডির সভা।",
            [("আরজেডিও", "RJD", "আরজেডি")],
        ),
        ("a letter that is no ending", "bn", "ডিএমকে জেতে।", [("ডিএমকে", "DMK", "ডিএমকে")]),
        ("words that are spelt like letters", "bn", "এটি ও ওকে নিয়ে ভিডিও, এই সিটিকে, এটিও।", []),
        ("known", "bn", "আইএমএফ ঋণ দেয়।", []),
        ("word acronym", "bn", "আসিয়ান বসে।", []),
        ("English", "en", "The NIA raided offices.", [("NIA", "NIA", "NIA")]),
        ("dotted English", "en", "The N.I.A. raided offices.", [("N.I.A.", "NIA", "N.I.A.")]),
        ("Latin in Bengali", "bn", "গতকাল NIA অভিযান চালায়।", [("NIA", "NIA", "NIA")]),
        ("known in English", "en", "The IMF lends.", []),
        ("numerals and handles", "en", "George VI and @NIA met XIII at a.NIA.in.", []),
        ("a line in capitals", "en", "TALKS END IN DELHI TODAY", []),
    ],
)
def test_unknown_acronyms(label: str, language: str, text: str, expected: list[Any], small: TermBase) -> None:
    _, _, _, findings = verdicts(text, language, small)
    found = [finding for finding in findings if finding.check == "unknown-acronym"]
    got = [(text[slice(*f.source_span)], f.evidence["letters"], f.evidence["proposed"][language]) for f in found]
    assert [(surface.rstrip("."), letters, term.rstrip(".")) for surface, letters, term in got] == [
        (surface.rstrip("."), letters, term.rstrip(".")) for surface, letters, term in expected
    ]
    assert {finding.severity for finding in found} <= {"info"}


def test_an_unknown_acronym_is_reported_once_with_its_count_and_name(small: TermBase) -> None:
    text = "The National Investigation Agency (NIA) raided. The NIA left. NIA officers stayed."
    findings = [f for f in verdicts(text, "en", small)[3] if f.check == "unknown-acronym"]
    assert [(f.evidence["count"], f.evidence["proposed"]["expansion"]) for f in findings] == [
        (3, "National Investigation Agency")
    ]
    assert [text[start:end] for start, end in findings[0].evidence["places"]] == ["NIA"] * 3


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The Ministry of Economic Affairs (MEA) met.", "Ministry of Economic Affairs"),
        ("The Ministry of External Affairs (MEA) met.", None),
        ("The Secretary of State (MEA) met.", None),
        ("The Organisation of Petroleum Exporting Countries (OPEC) met.", None),
    ],
)
def test_a_known_acronym_spelt_out_anew_is_reported(text: str, name: str | None, small: TermBase) -> None:
    found = [f.evidence["name"] for f in verdicts(text, "en", small)[3] if f.check == "redefined-acronym"]
    assert found == ([name] if name else [])


def test_time_is_linear_in_the_document(small: TermBase) -> None:
    article = "আসন্ন ইউএনজিএ ভেটো নিয়ে এমইএ বলেছে। নিরাপত্তা পরিষদ (ইউএনজিএ) ভেটো তোলে। ইউএনএসসি ভেটো ওঠে।\n"

    def seconds(times: int) -> float:
        started = time.perf_counter()
        verdicts(article * times, "bn", small)
        return time.perf_counter() - started

    seconds(2)
    few, many = seconds(60), seconds(480)
    assert many < 8 * 4 * max(few, 0.02)
