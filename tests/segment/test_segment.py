"""Segments: lossless, in order, of the right kind; translations go back into the layout."""

import csv
import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.segment import segment as command
from pipeline.errors import InputError
from pipeline.files import read_document
from pipeline.records import Document, Segment
from pipeline.segment import MAX_LINE, rejoin, segment
from pipeline.text import key

SEEDS = Path(__file__).parents[2] / "seeds"
HAND = [
    row
    for row in csv.reader(
        (Path(__file__).parent / "seeds.tsv").read_text("utf-8").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    if not row[0].startswith("#")
]
COUNTS = {"01": 15, "02": 18, "03": 35, "04": 16, "05": 34}


def document(text: str, language: str = "bn") -> Document:
    return Document("a", "a.txt", text, "", language)


@pytest.mark.parametrize("path", sorted(SEEDS.glob("0*.txt")), ids=lambda path: path.stem)
def test_seeds_are_segmented_as_a_reader_would(path: Path) -> None:
    found = segment(read_document(path))
    expected = [row for row in HAND if row[0] == path.name[:2]]
    assert len(expected) == COUNTS[path.name[:2]]
    assert [(str(item.line), item.kind) for item in found] == [(row[1], row[2]) for row in expected]
    for item, row in zip(found, expected, strict=True):
        assert key(item.text).startswith(key(row[3]))
        assert key(item.text).endswith(key(row[4]))


def check_lossless(source: Document) -> list[Segment]:
    found, done = segment(source), 0
    for number, item in enumerate(found):
        assert item.index == number
        assert item.text == source.text[item.start : item.end]
        assert item.start >= done
        assert not source.text[done : item.start].strip()
        done = item.end
    assert not source.text[done:].strip()
    assert rejoin(source, {item.id: item.text for item in found}) == source.text
    return found


@pytest.mark.parametrize("path", sorted(SEEDS.glob("0*.txt")), ids=lambda path: path.stem)
def test_seeds_lose_nothing(path: Path) -> None:
    check_lossless(read_document(path))


TEXTS = st.text(st.sampled_from(list("কখ১aB. ।?!…\"'”’‘“()|,:\n\r\u00a0\u2028-৷")), max_size=80) | st.text(max_size=60)


@given(TEXTS, st.sampled_from(["bn", "en"]))
def test_any_text_loses_nothing(text: str, language: str) -> None:
    check_lossless(document(text, language))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_editors_count_them(end: str) -> None:
    found = check_lossless(document(end.join(["এক।", "", " দুই। তিন। ", "চার।"])))
    assert [(item.line, item.text) for item in found] == [(1, "এক।"), (3, "দুই।"), (3, "তিন।"), (4, "চার।")]


def test_ids_sort_in_order_and_name_the_document() -> None:
    found = segment(document("ক।\n" * 10_001))
    assert found[0].id == "a:00000"
    assert [item.id for item in found] == sorted(item.id for item in found)
    assert segment(document("ক।"))[0].id == "a:0000"


BODY = "প্রথম অনুচ্ছেদ এখানে শুরু হয়ে অনেক দূর পর্যন্ত চলে যায়, তারপর শেষ হয়। আরও একটি বাক্য আছে।\n"


@pytest.mark.parametrize(
    ("label", "line", "kind"),
    [
        ("no end mark", "ভারত সফরে বেলজিয়ামের রাজকুমারী", "heading"),
        ("question as heading is a sentence outside links", "কেন এই সফর?", "sentence"),
        ("dateline", "নয়াদিল্লি, ৫ মার্চ", "heading"),
        ("lead-in", "প্রধানমন্ত্রী বলেছেন:", "sentence"),
        ("bullet", "• প্রতিরক্ষা সহযোগিতা", "sentence"),
        ("no words", "* * *", "sentence"),
        ("long line without mark", "কথা " * 30, "sentence"),
        ("prose within", "তিনি আসেন। তিনি যান", "sentence"),
        ("read also", "আরও পড়ুন:", "boilerplate"),
        ("read also, other spelling", "আরো পড়ুন", "boilerplate"),
        ("tweet", "Scroll to load tweet…", "boilerplate"),
        ("tweet with three dots", "Scroll to load tweet...", "boilerplate"),
        ("channel", "আরও খবরের আপডেট পেতে চোখ রাখুন আমাদের হোয়াটসঅ্যাপ চ্যানেলে, ক্লিক করুন এখানে।", "boilerplate"),
        ("advertisement", "বিজ্ঞাপন", "boilerplate"),
        ("date line", "date 2025-03-05", "boilerplate"),
        ("also read in English", "ALSO READ:", "boilerplate"),
        ("a sentence about reading", "আরও পড়ুন ও জানুন, বললেন মন্ত্রী।", "sentence"),
        ("a sentence about a channel", "চোখ রাখুন সীমান্তে, বললেন মন্ত্রী।", "sentence"),
        ("a sentence about a date", "The date 2025-03-05 was agreed.", "sentence"),
        ("a sentence that begins with loading", "Loading of cargo began.", "sentence"),
        ("quoted line without mark", '"আমরা যাব"', "quote"),
    ],
)
def test_kinds(label: str, line: str, kind: str) -> None:
    found = segment(document(BODY + line + "\n" + BODY))
    assert {item.kind for item in found if item.line == 2} == {kind}
    assert {item.kind for item in found if item.line != 2} == {"sentence"}


def test_a_title_may_end_like_prose_but_only_on_top() -> None:
    title = "ভারত সমর্থন জানাল।\n"
    assert segment(document(title + BODY * 2))[0].kind == "heading"
    assert "heading" not in {item.kind for item in segment(document(BODY + title + BODY))}
    assert "heading" not in {item.kind for item in segment(document(title + BODY))}


def test_links_after_read_also_are_headings_until_prose_returns() -> None:
    found = segment(document("আরও পড়ুন-\n\nকি বললেন এলন মাস্ক!\n\n" + BODY + "কি বললেন এলন মাস্ক!\n"))
    assert [item.kind for item in found] == ["boilerplate", "heading", "sentence", "sentence", "sentence"]


def test_a_quotation_over_paragraphs_is_a_quote_in_each() -> None:
    found = segment(document('"এক কথা।\n\u00a0\nদুই কথা।\n\u00a0\nতিন কথা হল আজ," তিনি বলেন।\nপরে তিনি যান।'))
    assert [item.kind for item in found] == ["quote", "quote", "quote", "sentence"]


def test_a_translation_keeps_the_layout_of_its_source() -> None:
    source = document("\ufeff শিরোনাম\r\n\u00a0\r\nএক। দুই।তিন।\r\n")
    found = {item.text.lstrip("\ufeff "): item.id for item in segment(source)}
    new = {
        found["শিরোনাম"]: "Title",
        found["এক।"]: "One.\r\n\n More.\n",
        found["দুই।"]: "Two,\u00a02.",
        found["তিন।"]: "",
    }
    assert rejoin(source, new).replace("\ufeff", "") == "Title\r\n\u00a0\r\nOne. More. Two,\u00a02. \r\n"


def test_a_missing_translation_is_an_error() -> None:
    with pytest.raises(KeyError):
        rejoin(document("ক।"), {})


def test_an_endless_line_is_refused_and_a_long_one_is_not() -> None:
    line = "ভারত আলোচনা করেছে। "
    assert len(segment(document(line * (MAX_LINE // len(line))))) == MAX_LINE // len(line)
    with pytest.raises(InputError) as caught:
        segment(document("ক।\r\n" + line * 60_000))
    assert caught.value.where == "a.txt, line 2"
    assert "1,140,000 characters" in caught.value.found


def test_time_is_linear_in_the_document() -> None:
    def seconds(lines: int) -> float:
        text = ('"ভারত বলেছে, “কথা” হবে।\n' * 3 + "এর পর 'আর' কী?\n") * lines
        started = time.perf_counter()
        segment(document(text))
        return time.perf_counter() - started

    small, large = seconds(250), seconds(2000)
    assert large < 8 * 4 * max(small, 0.02)


def test_command_writes_the_contract_fields() -> None:
    result = CliRunner().invoke(command, [str(SEEDS / "02-kazakhstan-call.txt"), "--json"])
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == 0
    assert len(rows) == 18
    assert {"id", "index", "line", "start", "end", "text", "kind"} <= set(rows[0])
    text = (SEEDS / "02-kazakhstan-call.txt").read_text("utf-8")
    assert all(row["text"] == text[row["start"] : row["end"]] for row in rows)
    assert "\\u09" not in result.output


def test_command_for_readers_says_how_many() -> None:
    result = CliRunner().invoke(command, [str(SEEDS / "04-belgium-defence.txt")])
    assert result.output.splitlines()[-1] == "16 segments: 15 sentence, 1 boilerplate"
    forced = CliRunner().invoke(command, [str(SEEDS / "04-belgium-defence.txt"), "--language", "bn", "--json"])
    assert forced.exit_code == 0
