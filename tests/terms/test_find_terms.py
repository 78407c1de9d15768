"""The required target of every occurrence, on the seeds and on small documents."""

import json
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.terms import terms as command
from pipeline.files import read_document
from pipeline.records import Document, Segment, TermEntry, TermMatch, TermSide
from pipeline.segment import segment
from pipeline.termbase import TermBase, default_paths, load, termbase_of
from pipeline.terms import find_terms, settle_targets, untouchable

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"


@pytest.fixture(scope="module")
def glossary() -> TermBase:
    return load(sorted((ROOT / "glossary").glob("*.yaml")))


def small() -> TermBase:
    return load([Path(__file__).parent / "matching.yaml"])


def expanding() -> TermBase:
    sco = TermEntry(
        "sco", TermSide("এসসিও", "সাংহাই সহযোগিতা সংস্থা"), TermSide("SCO", "Shanghai Cooperation Organisation"),
        type="acronym", case_sensitive=True, first_mention="expand",
    )  # fmt: skip
    un = TermEntry(
        "un", TermSide("জাতিসংঘ", None, ("ইউএন",)), TermSide("United Nations", None, ("UN",)),
        type="organisation", case_sensitive=True,
    )  # fmt: skip
    pm = TermEntry(
        "pm", TermSide("পিএম", "প্রধানমন্ত্রী"), TermSide("PM", "Prime Minister"), type="title", case_sensitive=True
    )
    return termbase_of([sco, un, pm])


def targets(text: str, language: str, base: TermBase, *, heading: bool = False) -> list[str]:
    """The targets of a document whose lines are its segments; the first one is a heading on request."""
    document = Document("d", "d.txt", text, "", language)
    segments, at = [], 0
    for index, line in enumerate(text.split("\n")):
        kind = "heading" if heading and index == 0 else "quote" if line.startswith(('"', "“")) else "sentence"
        segments.append(Segment(f"d:{index}", "d", index, index + 1, at, at + len(line), line, kind))
        at += len(line) + 1
    direction = "bn-en" if language == "bn" else "en-bn"
    return [match.target for match in find_terms(document, segments, base, direction)]


FULL = "Shanghai Cooperation Organisation"
CASES = [
    ("first mention is spelt out, the second short", "bn", "এসসিও বৈঠক\nএসসিওর সদস্য", [f"{FULL} (SCO)", "SCO"]),
    ("first mention into Bengali", "en", "The SCO met.\nSCO's role", ["সাংহাই সহযোগিতা সংস্থা (এসসিও)", "এসসিও"]),
    ("name with acronym in brackets", "bn", "সাংহাই সহযোগিতা সংস্থা (এসসিও) হল\nএসসিও", [FULL, "SCO", "SCO"]),
    ("inflected name with acronym in brackets", "bn", "সাংহাই সহযোগিতা সংস্থার (এসসিও) মতে", [FULL, "SCO"]),
    ("acronym with name in brackets", "bn", "এসসিও (সাংহাই সহযোগিতা সংস্থা) হল", ["SCO", FULL]),
    ("English name with acronym in brackets", "en", f"The {FULL} (SCO) met.", ["সাংহাই সহযোগিতা সংস্থা", "এসসিও"]),
    ("name with acronym, where only variants are acronyms", "bn", "জাতিসংঘ (ইউএন)", ["United Nations", "UN"]),
    ("the same the other way round", "bn", "ইউএন (জাতিসংঘ)", ["UN", "United Nations"]),
    ("the same into Bengali", "en", "the United Nations (UN)", ["জাতিসংঘ", "ইউএন"]),
    ("spelt-out form stays spelt out", "bn", "সাংহাই সহযোগিতা সংস্থা\nএসসিও", [FULL, "SCO"]),
    ("a quotation is not written into", "bn", '"এসসিও বৈঠক"\nএসসিও বৈঠক', ["SCO", f"{FULL} (SCO)"]),
    ("offices are spelt out in Bengali", "en", "PM Modi and the Prime Minister", ["প্রধানমন্ত্রী", "প্রধানমন্ত্রী"]),
    ("and keep their form in English", "bn", "পিএম মোদি ও প্রধানমন্ত্রী", ["PM", "Prime Minister"]),
]  # fmt: skip


@pytest.mark.parametrize(("label", "language", "text", "expected"), CASES, ids=[case[0] for case in CASES])
def test_targets(label, language, text, expected) -> None:
    assert targets(text, language, expanding()) == expected


def test_a_heading_is_not_the_first_mention() -> None:
    assert targets("এসসিও বৈঠক\nএসসিও হল\nএসসিও", "bn", expanding(), heading=True) == ["SCO", f"{FULL} (SCO)", "SCO"]


def test_first_mention_is_counted_in_each_document_anew() -> None:
    for _ in range(2):
        assert targets("এসসিও", "bn", expanding()) == [f"{FULL} (SCO)"]


def test_targets_are_settled_again_after_a_verdict() -> None:
    base = load(sorted((ROOT / "glossary").glob("*.yaml")))
    document = Document("d", "d.txt", "সাংহাই সহযোগিতা সংস্থা (এমইএ) বৈঠক", "", "bn")
    segments = [Segment("d:0", "d", 0, 1, 0, len(document.text), document.text, "sentence")]
    found = find_terms(document, segments, base, "bn-en")
    assert [match.entry for match in found] == ["sco", "mea"]
    from dataclasses import replace

    judged = [found[0], replace(found[1], proposed="sco", status="contested")]
    assert [m.target for m in settle_targets(document, segments, judged, base, direction="bn-en")] == [FULL, "SCO"]


def test_an_unknown_acronym_with_a_proposal_is_settled_too() -> None:
    base = expanding()
    document = Document("d", "d.txt", "এসকেও বৈঠক", "", "bn")
    segments = [Segment("d:0", "d", 0, 1, 0, len(document.text), document.text, "heading")]
    unknown = TermMatch("d:0", 0, 5, "এসকেও", "", "", "?", status="unknown", proposed="sco")
    nothing = TermMatch("d:0", 0, 5, "এসকেও", "", "", "?", status="unknown")
    settled = settle_targets(document, segments, [unknown, nothing], base, direction="bn-en")
    assert [match.target for match in settled] == ["SCO", "?"]


KEPT = [
    ("handle with ending (seed 5)", "bn", "UNSG @antonioguterres-এর সাথে", [("@antonioguterres", "-এর")]),
    ("handle with attached ending", "bn", "@narendramodiর পোস্ট", [("@narendramodi", "র")]),
    ("Bengali handle (seed 1)", "bn", "@আলেক্সান্ডারডেক্রোর সাথে", [("@আলেক্সান্ডারডেক্রোর", "")]),
    ("hashtag", "bn", "#SCOSummit-এ যোগ", [("#SCOSummit", "-এ")]),
    ("hashtag in Bengali", "bn", "দেখুন #এসসিও।", [("#এসসিও", "")]),
    ("address with path", "bn", "https://mea.gov.in/x?y=1-এ দেখুন", [("https://mea.gov.in/x?y=1-এ", "")]),
    ("address at a sentence end", "en", "See https://mea.gov.in/press.", [("https://mea.gov.in/press", "")]),
    ("address in brackets", "en", "(www.mea.gov.in)", [("www.mea.gov.in", "")]),
    ("bare domain", "en", "indianewsnetwork.com reports", [("indianewsnetwork.com", "")]),
    ("e-mail", "en", "write to press.desk@mea.gov.in, please", [("press.desk@mea.gov.in", "")]),
    ("e-mail with ending", "bn", "desk@mea.gov.in-এ লিখুন", [("desk@mea.gov.in", "-এ")]),
    ("possessive of a handle", "en", "@narendramodi's post", [("@narendramodi", "'s")]),
    ("code", "en", "run `setu run seeds` now", [("`setu run seeds`", "")]),
    ("markup", "en", "a <b>bold</b> word", [("<b>", ""), ("</b>", "")]),
    ("placeholder", "en", "Dear {name}, {{count}}", [("{name}", ""), ("{{count}}", "")]),
    ("NEGATIVE number sign, price, at", "en", "No. #1 at 5 @ 6, a.m. e.g. this", []),
    ("NEGATIVE missing space after a full stop", "en", "It ended.It began.", []),
    ("NEGATIVE less than", "en", "5 < 6 > 4", []),
]


@pytest.mark.parametrize(("label", "language", "text", "expected"), KEPT, ids=[case[0] for case in KEPT])
def test_what_is_left_as_it_is(label, language, text, expected) -> None:
    assert [(text[a:b], text[b:c]) for a, b, c in untouchable(text, language)] == expected


@pytest.mark.parametrize(
    "unit",
    ["a-", "a.", "@", "#a", "{{", "<a ", "`", "http://", "United Nations' ", "এসসিও-", "উপ-", "a%", "[(", "SCO (SCO) "],
)
def test_time_does_not_grow_with_the_square(unit) -> None:
    base = small()

    def seconds(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size]
        began = time.process_time()
        list(untouchable(text, "en"))
        base.find(text, "en")
        base.find(text, "bn")
        return time.process_time() - began

    seconds(1000)
    assert seconds(200_000) < 12 * max(seconds(50_000), 0.02)


def test_kept_text_is_a_match_and_hides_the_terms_in_it() -> None:
    text = "https://india.example.com/SCO এবং #SCO এবং SCO"
    document = Document("d", "d.txt", text, "", "bn")
    segments = [Segment("d:0", "d", 0, 1, 0, len(text), text, "sentence")]
    found = find_terms(document, segments, expanding(), "bn-en")
    assert [(m.entry, m.surface == m.target) for m in found[:2]] == [("do-not-translate", True)] * 2
    assert [m.entry for m in found[2:]] == ["sco"]


# Read word by word from the seeds: (file, surface, suffix, entry, target)
SEED_TERMS = [
    ("01", "আলেকজান্ডার ডি ক্রু", "র", "alexander-de-croo", "Alexander De Croo"),
    ("01", "ডি ক্রু", "কে", "alexander-de-croo", "De Croo"),
    ("01", "মোদি", "ও", "narendra-modi", "Modi"),
    ("01", "এক্স", "-এ", "x-platform", "X"),
    ("01", "বিদেশ মন্ত্রক", "ের", "mea", "Ministry of External Affairs"),
    ("01", "এমইএ", "", "mea", "MEA"),
    ("01", "ইউরোপীয় ইউনিয়ন কাউন্সিল", "ের", "council-of-eu", "Council of the European Union"),
    ("01", "রাণী ম্যাথিল্ড", "ের", "queen-mathilde", "Queen Mathilde"),
    ("01", "পারমাণবিক শক্তি শীর্ষ সম্মেলন", "ের", "nuclear-energy-summit", "Nuclear Energy Summit"),
    ("02", "কাসিম-জোমার্ট টোকায়েভ", "ের", "kassym-jomart-tokayev", "Kassym-Jomart Tokayev"),
    ("02", "সাংহাই সহযোগিতা সংস্থা", "", "sco", "Shanghai Cooperation Organisation"),
    ("02", "সমরকন্দ", "ে", "samarkand", "Samarkand"),
    ("02", "এসসিও", " -এর", "sco", "SCO"),
    ("02", "এইচ ই", "", "his-excellency", "H.E."),
    ("02", "ভারত-মধ্য এশিয়া শীর্ষ সম্মেলন", "ে", "india-central-asia-summit", "India-Central Asia Summit"),
    ("03", "ভ্লাদিমির পুতিন", "কে", "vladimir-putin", "Vladimir Putin"),
    ("03", "এলন মাস্ক", "", "elon-musk", "Elon Musk"),
    ("03", "চিন", "", "china", "China"),
    ("04", "Princess Astrid", "", "princess-astrid", "রাজকুমারী অ্যাস্ট্রিড"),
    ("04", "John Cockerill Defence", "", "john-cockerill-defence", "জন ককেরিল ডিফেন্স"),
    ("04", "Theo Francken", "", "theo-francken", "থিও ফ্রাঙ্কেন"),
    ("04", "Defence Attaché", "", "defence-attache", "প্রতিরক্ষা অ্যাটাশে"),
    ("04", "China", "'s", "china", "চিন"),
    ("04", "Zorawar", "", "zorawar", "জোরাবর"),
    ("05", "বিদেশ মন্ত্রী", "", "eam", "External Affairs Minister"),
    ("05", "এস জয়শঙ্কর", "", "s-jaishankar", "S. Jaishankar"),
    ("05", "মুরাত নুর্তলু", "", "murat-nurtleu", "Murat Nurtleu"),
    ("05", "মুরাত নুর্টলু", "র", "murat-nurtleu", "Murat Nurtleu"),
    ("05", "সিরোজিদ্দীন মুরিদ্দীন", "ের", "sirojiddin-muhriddin", "Sirojiddin Muhriddin"),
    ("05", "মাকসিম রাইজেনকভ", "ের", "maxim-ryzhenkov", "Maxim Ryzhenkov"),
    ("05", "আন্তোনিও গুতেরেস", "ের", "antonio-guterres", "Antonio Guterres"),
    ("05", "ডিপিএম", "", "dpm", "DPM"),
    ("05", "FM", "", "fm", "FM"),
    ("05", "UNSG", "", "unsg", "UNSG"),
    ("05", "ইউএনএসসি", " -এর", "unsc", "UNSC"),
    ("05", "এসসিও", " -তে", "sco", "SCO"),
    ("05", "X", "-এ", "x-platform", "X"),
    ("05", "পুশকিন পার্ক", "ে", "pushkin-park", "Pushkin Park"),
    ("05", "আসতানা", "র", "astana", "Astana"),
    ("05", "সাংহাই কো-অপারেশন অর্গানাইজেশন", "", "sco", "Shanghai Cooperation Organisation"),
]


@pytest.fixture(scope="module")
def found(glossary) -> dict:
    result = {}
    for path in sorted(SEEDS.glob("0*.txt")):
        document = read_document(path)
        direction = "bn-en" if document.language == "bn" else "en-bn"
        result[path.name[:2]] = (document, find_terms(document, segment(document), glossary, direction))
    return result


def plain(text: str) -> str:
    from pipeline.text import key

    return key(text)


@pytest.mark.parametrize("row", SEED_TERMS, ids=lambda row: f"{row[0]} {row[3]}")
def test_every_term_of_the_seeds(found, row) -> None:
    seed, surface, suffix, entry, target = row
    _, matches = found[seed]
    seen = {(plain(m.surface), plain(m.suffix), m.entry, plain(m.target)) for m in matches}
    assert (plain(surface), plain(suffix), entry, plain(target)) in seen


def test_matches_of_the_seeds_are_exact_and_in_order(found) -> None:
    for document, matches in found.values():
        assert all(document.text[m.start : m.end] == m.surface + m.suffix for m in matches)
        assert all(a.end <= b.start for a, b in pairwise(matches))
        assert all(m.target for m in matches)


def test_no_acronym_of_the_seeds_is_overlooked(found) -> None:
    import regex

    for document, matches in found.values():
        spans = [(m.start, m.end) for m in matches]
        pattern = r"(?<![\p{L}\p{M}])(?:এসসিও|এমইএ|ইএএম|এফএম|ডিপিএম|ইউএনএসসি|ইইউ|আইটি)|\b(?:UNSG|FM|X)\b"
        for match in regex.finditer(pattern, document.text):
            assert any(start <= match.start() < end for start, end in spans), match


def test_command(tmp_path) -> None:
    result = CliRunner().invoke(command, [str(SEEDS / "02-kazakhstan-call.txt"), "--json"])
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert list(rows[0])[:9] == [
        "segment", "start", "end", "surface", "suffix", "entry", "target", "status", "evidence",
    ]  # fmt: skip
    contested = [row for row in rows if row["status"] == "contested"]
    assert [(row["surface"], row["target"]) for row in contested] == [("এমইএ", "SCO")] * 3
    assert all({"entry", "for"} <= set(reading) for row in contested for reading in row["readings"])
    assert "SCO" in CliRunner().invoke(command, [str(SEEDS / "02-kazakhstan-call.txt")]).output


def test_command_refuses_a_missing_file() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from pipeline.cli import main; main()", "terms", "nowhere.txt"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 2
    assert "nowhere.txt" in done.stderr
    assert "Traceback" not in done.stderr


def test_default_glossary_is_the_projects(monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    assert Path("glossary/diplomacy.yaml") in default_paths()
    monkeypatch.chdir(ROOT / "tests")
    assert any(path.name == "diplomacy.yaml" for path in default_paths())
