"""The translation memory: exact, fuzzy and context matches, trust, and what is never offered as exact."""

from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
import threading
import unicodedata
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline import memory_store
from pipeline.errors import InputError, OutputError
from pipeline.memory import Added, Memory, MemoryConfig
from pipeline.records import Unit, source_language, target_language

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "seeds"
MEETING = "বিদেশমন্ত্রী এস জয়শঙ্কর মঙ্গলবার ব্রাসেলসে বেলজিয়ামের প্রধানমন্ত্রীর সঙ্গে বৈঠক করেছেন।"
MEETING_EN = "External Affairs Minister S Jaishankar met the Prime Minister of Belgium in Brussels on Tuesday."


def pair(source, target="…", *, direction="bn-en", **fields):
    return Unit(source, target, source_language(direction), target_language(direction), **fields)


@pytest.fixture
def memory(tmp_path):
    with Memory.open(tmp_path / "memory.sqlite") as opened:
        yield opened


def test_an_approved_unit_of_the_same_source_scores_one(memory):
    assert memory.add([pair(MEETING, MEETING_EN, status="approved", origin="approved")]) == Added(1, 0, 0)
    (match,) = memory.lookup(MEETING, "bn-en")
    assert (match.score, match.target, match.origin, match.differs) == (1.0, MEETING_EN, "approved", ())


@pytest.mark.parametrize(
    ("label", "stored", "asked"),
    [
        ("nukta decomposed", "জয়শঙ্কর বাড়ি যান।", unicodedata.normalize("NFD", "জয়শঙ্কর বাড়ি যান।")),
        ("nukta composed", unicodedata.normalize("NFD", "জয়শঙ্কর বাড়ি যান।"), "জয়শঙ্কর বাড়ি যান।"),
        ("digits of the other set", "মঙ্গলবার (২৫ জুন, ২০২৪) বৈঠক হয়।", "মঙ্গলবার (25 জুন, 2024) বৈঠক হয়।"),
        ("zero-width joiner", "র‍্যাব অভিযান চালায়।", "র্যাব অভিযান চালায়।"),
        ("curly quotes", "“হ্যাঁ”, বলেন তিনি।", '"হ্যাঁ", বলেন তিনি।'),
        ("white space", "দুই  দেশ একমত।", " দুই দেশ একমত।\n"),
    ],
)
def test_encodings_of_one_text_match_exactly(memory, label, stored, asked):
    memory.add([pair(stored, "x", origin="approved")])
    assert [match.score for match in memory.lookup(asked, "bn-en")] == [1.0], label


NEVER_EXACT = [
    ("digit", "bn-en", "২৫ জুন ২০২৪ তারিখে বৈঠক হয়।", "২৬ জুন ২০২৪ তারিখে বৈঠক হয়।", "number"),
    ("grouped digits", "en-bn", "It cost 1,87,500 rupees.", "It cost 1,87,600 rupees.", "number"),
    ("number word", "bn-en", "তিনজন মন্ত্রী এসেছেন।", "চারজন মন্ত্রী এসেছেন।", "number"),
    ("scale", "bn-en", "প্রকল্পে ৫ লাখ টাকা খরচ হবে।", "প্রকল্পে ৫ কোটি টাকা খরচ হবে।", "number"),
    ("English number word", "en-bn", "Three ministers came.", "Four ministers came.", "number"),
    ("weekday", "bn-en", "বৈঠক মঙ্গলবার হবে।", "বৈঠক বুধবার হবে।", "date"),
    ("month", "en-bn", "The summit is in June.", "The summit is in July.", "date"),
    ("না", "bn-en", "ভারত এই প্রস্তাব মানবে।", "ভারত এই প্রস্তাব মানবে না।", "negation"),
    ("নি joined", "bn-en", "দুই দেশ চুক্তি সই করেছে।", "দুই দেশ চুক্তি সই করেনি।", "negation"),
    ("first person", "bn-en", "আমি একথা বলেছি।", "আমি একথা বলিনি।", "negation"),
    ("not", "en-bn", "India will attend the summit.", "India will not attend the summit.", "negation"),
    ("n't", "en-bn", "India did attend.", "India didn’t attend.", "negation"),
]


@pytest.mark.parametrize("case", NEVER_EXACT, ids=lambda case: case[0])
def test_a_difference_of_meaning_is_flagged_and_capped(memory, case):
    _, direction, stored, asked, flag = case
    memory.add([pair(stored, "x", direction=direction, origin="approved")])
    for text, score, flags in ((asked, 0.94, (flag,)), (stored, 1.0, ())):
        (match,) = memory.lookup(text, direction)
        assert match.differs == flags
        assert match.score <= score


def test_a_long_text_with_one_other_digit_is_capped_too(memory):
    text = " ".join([MEETING] * 12) + " ২০২৩"
    memory.add([pair(text, "x", origin="approved")])
    (match,) = memory.lookup(text.replace("২০২৩", "২০২৪"), "bn-en")
    assert match.similarity > 0.99
    assert match.score == 0.94


@pytest.mark.parametrize(
    ("label", "stored", "asked"),
    [
        ("another name", "আজ দিল্লিতে বৈঠক করেছেন তিনি।", "আজ ঢাকাতে বৈঠক করেছেন তিনি।"),
        ("তিনি is no denial", "তিনি আজ দিল্লিতে বৈঠক করেছেন।", "উনি আজ দিল্লিতে বৈঠক করেছেন।"),
    ],
)
def test_other_differences_are_not_flagged(memory, label, stored, asked):
    memory.add([pair(stored, "x", origin="approved")])
    (match,) = memory.lookup(asked, "bn-en")
    assert match.differs == (), label
    assert match.score < 1


def test_letter_case_alone_is_never_exact(memory):
    memory.add([pair("The US must act now.", "x", direction="en-bn", origin="approved")])
    (match,) = memory.lookup("The us must act now.", "en-bn")
    assert (match.similarity, match.score) == (1.0, 0.99)


@dataclass(frozen=True)
class Found:
    entry: str


class Acronyms:
    """A term base of two acronyms."""

    def find(self, text, language, *, direction=None):
        return [Found(entry) for word, entry in (("এসসিও", "sco"), ("এমইএ", "mea")) if word in text]


def test_another_glossary_term_is_flagged(tmp_path):
    with Memory.open(tmp_path / "m.sqlite", terms=Acronyms()) as memory:
        memory.add([pair("এমইএ শীর্ষ সম্মেলনের সাফল্য কামনা করে ভারত।", "x", origin="approved")])
        (match,) = memory.lookup("এসসিও শীর্ষ সম্মেলনের সাফল্য কামনা করে ভারত।", "bn-en")
    assert match.differs == ("term",)
    assert match.score <= 0.94


def test_trust_decides_between_equal_sources(memory):
    for origin in ("mt", "draft", "approved"):
        memory.add([pair(MEETING, f"by {origin}", origin=origin)])
    matches = memory.lookup(MEETING, "bn-en")
    assert [(match.target, match.score) for match in matches] == [
        ("by approved", 1.0),
        ("by draft", 0.99),
        ("by mt", 0.95),
    ]


def test_context_decides_between_equal_scores(memory):
    memory.add(
        [
            pair("হ্যাঁ।", "Yes.", origin="approved", previous="তিনি কি যাবেন?", following="কাল।"),
            pair("হ্যাঁ।", "Aye.", origin="approved", previous="ভোট দিন।", following="ধন্যবাদ।"),
            pair("হ্যাঁ।", "Indeed.", origin="approved"),
        ]
    )
    matches = memory.lookup("হ্যাঁ।", "bn-en", previous="ভোট দিন।", following="ধন্যবাদ।")
    assert (matches[0].target, matches[0].context) == ("Aye.", "both")
    matches = memory.lookup("হ্যাঁ।", "bn-en", previous="তিনি কি যাবেন?")
    assert (matches[0].target, matches[0].context) == ("Yes.", "previous")
    assert {match.context for match in memory.lookup("হ্যাঁ।", "bn-en")} == {"none"}


def test_fuzzy_match_of_the_seeds(memory):
    lines = [line for line in (SEEDS / "01-belgium-call.txt").read_text(encoding="utf-8").split("\n") if line.strip()]
    memory.add([pair(line, f"line {number}", origin="approved") for number, line in enumerate(lines)])
    for number, line in enumerate(lines):
        assert memory.lookup(line, "bn-en")[0].target == f"line {number}"
        changed = " ".join(["আজ", *line.split()[1:]])
        best = memory.lookup(changed, "bn-en")
        assert len(line) < 30 or best[0].target == f"line {number}"


def test_unlike_texts_and_the_other_direction_are_not_offered(memory):
    memory.add([pair(MEETING, MEETING_EN)])
    assert memory.lookup("আবহাওয়া আজ ভালো থাকবে।", "bn-en") == []
    assert memory.lookup(MEETING, "en-bn") == []
    assert memory.lookup("  ", "bn-en") == []


def test_a_pair_seen_twice_is_offered_once(memory):
    memory.add([pair("আরও পড়ুন", "Read more", doc=doc, id=f"{doc}:1", previous=doc) for doc in "abc"])
    assert memory.count() == 3
    assert len(memory.lookup("আরও পড়ুন", "bn-en")) == 1


STEPS = [
    ("an edit replaces the older target", [("draft", "one"), ("draft", "two")], [("two", "draft")]),
    ("approval raises trust", [("mt", "one"), ("approved", "one")], [("one", "approved")]),
    ("approval withdrawn lowers it", [("approved", "one"), ("draft", "one")], [("one", "draft")]),
    ("a machine never replaces a person", [("draft", "one"), ("mt", "two")], [("one", "draft")]),
    ("a machine replaces a machine", [("mt", "one"), ("mt", "two")], [("two", "mt")]),
]


@pytest.mark.parametrize(("label", "steps", "expected"), STEPS)
def test_what_a_segment_teaches_over_time(memory, label, steps, expected):
    for origin, target in steps:
        memory.add([pair(MEETING, target, doc="d", id="d:1", origin=origin)])
    assert [(unit.target, unit.origin) for unit in memory.units()] == expected, label
    assert memory.forget("d", "d:1") == 1
    assert memory.lookup(MEETING, "bn-en") == []


def test_elsewhere_a_pair_can_only_gain_trust(memory):
    memory.add([pair(MEETING, "x", doc="a", id="a:1", origin="approved")])
    assert memory.add([pair(MEETING, "x", doc="b", id="b:1", origin="mt")]) == Added(0, 1, 0)
    assert [unit.origin for unit in memory.units()] == ["approved"]


def test_adding_again_changes_nothing(memory):
    units = [pair(f"বাক্য {number}", "x", doc="d", id=f"d:{number}") for number in range(5)]
    assert memory.add(units) == Added(5, 0, 0)
    before = memory.units()
    assert memory.add(units) == Added(0, 5, 0)
    assert memory.units() == before


def test_blank_and_rejected_units_are_counted_not_kept(memory):
    units = [pair(" ", "x"), pair("ক", "  "), pair("খ", "x", status="rejected"), pair("গ", "x")]
    assert memory.add(units) == Added(1, 0, 3)


def test_units_come_back_whole(memory):
    unit = pair(
        "ক", "k", id="d:1", doc="d", status="approved", origin="approved", notes=("n\n1", "২"), previous="খ",
        following="গ", changed="2026-11-22T05:00:00Z", props={"kind": "heading"},
    )  # fmt: skip
    memory.add([unit, pair("k", "ক", direction="en-bn")])
    assert memory.units(direction="bn-en") == [unit]
    assert memory.units(origin="approved") == [unit]
    assert memory.count("en-bn") == 1


def test_a_warm_memory_gives_the_same_matches(tmp_path):
    lines = [
        line
        for seed in sorted(SEEDS.glob("0*.txt"))
        for line in seed.read_text(encoding="utf-8").split("\n")
        if line.strip()
    ]
    with Memory.open(tmp_path / "m.sqlite") as memory:
        memory.add([pair(f"{line} {number}", str(number)) for number in range(40) for line in lines])
        asked = [" ".join(line.split()[:-1]) + " ৭" for line in lines if len(line) > 40]
        cold = [memory.lookup(text, "bn-en")[:1] for text in asked]
        memory.warm()
        assert [memory.lookup(text, "bn-en")[:1] for text in asked] == cold
        memory.add([pair(MEETING, "later")])
        assert memory.lookup(MEETING, "bn-en")[0].target == "later"


def test_the_fingerprint_changes_with_what_is_found(memory):
    seen = {memory.fingerprint()}
    for unit in (pair("ক", "k"), pair("ক", "l"), pair("ক", "l", origin="approved")):
        memory.add([unit])
        seen.add(memory.fingerprint())
    assert len(seen) == 4
    assert memory.fingerprint() in seen


def test_minimum_and_limit_are_obeyed(tmp_path):
    with Memory.open(tmp_path / "m.sqlite", config=MemoryConfig(min_score=0.9, limit=2)) as memory:
        memory.add([pair(MEETING + " ক" * number, str(number), origin="approved") for number in range(8)])
        scores = [match.score for match in memory.lookup(MEETING, "bn-en")]
    assert len(scores) == 2
    assert min(scores) >= 0.9


def test_another_connection_sees_what_was_added(tmp_path):
    path = tmp_path / "m.sqlite"
    with Memory.open(path) as writer, Memory.open(path, create=False) as reader:
        assert reader.lookup(MEETING, "bn-en") == []
        writer.add([pair(MEETING, "new")])
        assert [match.target for match in reader.lookup(MEETING, "bn-en")] == ["new"]


def test_readers_work_beside_a_writer_in_threads(tmp_path):
    faults = []
    with Memory.open(tmp_path / "m.sqlite") as memory:
        memory.add([pair(MEETING, MEETING_EN)])

        def read():
            try:
                for _ in range(20):
                    assert memory.lookup(MEETING, "bn-en")
            except Exception as error:  # noqa: BLE001 (whatever it is, the test shows it)
                faults.append(error)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(20):
            memory.add([pair(f"বাক্য {number}", "x")])
        for thread in threads:
            thread.join()
    assert faults == []


def _write(path, name):
    with Memory.open(path) as memory:
        for number in range(15):
            memory.add([pair(f"{name} বাক্য {number}", "x")])


def test_two_processes_write_without_loss(tmp_path):
    path = tmp_path / "m.sqlite"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write, args=(path, name)) for name in "কখ"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    with Memory.open(path) as memory:
        assert memory.count() == 30


def test_killed_while_writing_it_keeps_what_it_acknowledged(tmp_path):
    path = tmp_path / "m.sqlite"
    program = (
        "import sys, pathlib\nfrom pipeline.memory import Memory\nfrom pipeline.records import Unit\n"
        "memory = Memory.open(pathlib.Path(sys.argv[1]))\n"
        "for number in range(10**6):\n    memory.add([Unit(f'বাক্য {number}', 'x', 'bn', 'en')])\n"
        "    print(number, flush=True)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", program, path], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    acknowledged = [writer.stdout.readline() for _ in range(25)]
    writer.kill()
    acknowledged += writer.stdout.readlines()
    writer.wait()
    writer.stdout.close()
    kept = int([line for line in acknowledged if line.endswith("\n")][-1]) + 1
    with Memory.open(path, create=False) as memory:
        assert kept <= memory.count() <= kept + 1


def test_a_failed_write_leaves_nothing(memory):
    def units():
        yield pair("ক", "k")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        memory.add(units())
    assert memory.count() == 0
    assert memory.add([pair("ক", "k")]).added == 1


def test_a_missing_memory_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="no translation memory"):
        Memory.open(tmp_path / "none.sqlite", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_corrupt_memory_is_copied_aside(tmp_path):
    path = tmp_path / "m.sqlite"
    path.write_bytes(b"this is no database at all, but long enough to be read" * 100)
    for _ in range(2):  # the second time makes no second copy
        with pytest.raises(InputError, match="damaged translation memory") as caught:
            Memory.open(path)
    (copy,) = tmp_path.glob("m.sqlite.corrupt-*")
    assert str(copy) in str(caught.value)
    assert copy.read_bytes() == path.read_bytes()


def test_a_memory_damaged_in_the_middle_is_noticed(tmp_path):
    path = tmp_path / "m.sqlite"
    with Memory.open(path) as memory:
        memory.add([pair(f"{MEETING} {number}", "x" * 300) for number in range(300)])
    data = bytearray(path.read_bytes())
    data[4096 : len(data)] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(InputError, match="damaged"), Memory.open(path) as memory:
        memory.lookup(MEETING, "bn-en")
    assert list(tmp_path.glob("m.sqlite.corrupt-*"))


def test_a_locked_memory_is_an_output_error(tmp_path):
    path = tmp_path / "m.sqlite"
    with Memory.open(path, wait=0.05) as memory:
        memory.add([pair("ক", "k")])
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match="keeps locked") as caught:
            memory.add([pair("খ", "kh")])
        (copy,) = tmp_path.glob("m.sqlite.locked-????????T??????")
        assert str(copy) in str(caught.value)
        assert memory.lookup("ক", "bn-en")  # reading goes on
        other.close()
        assert memory.add([pair("খ", "kh")]).added == 1


@pytest.mark.parametrize(
    ("label", "statement", "says"),
    [
        ("another program's", "CREATE TABLE t (x)", "another program"),
        ("of a later version", "PRAGMA user_version = 99", "version 99"),
    ],
)
def test_other_databases_are_refused(tmp_path, label, statement, says):
    path = tmp_path / "m.sqlite"
    if "version" in says:
        Memory.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()
    with pytest.raises(InputError, match=says):
        Memory.open(path)


def test_a_place_that_cannot_be_written_is_an_output_error(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be made"):
        Memory.open(tmp_path / "file" / "sub" / "m.sqlite")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="cannot be used"):
        Memory.open(tmp_path / "folder")


class Interrupted:
    """A connection that another process overtakes just before it counts the tables."""

    def __init__(self, inner, path):
        self._inner, self._path, self._met = inner, path, False

    def execute(self, statement):
        if "sqlite_master" in statement and not self._met:
            self._met = True
            with (
                closing(sqlite3.connect(self._path, timeout=0, isolation_level=None)) as other,
                suppress(sqlite3.Error),
            ):
                memory_store._create(other)
        return self._inner.execute(statement)


def test_a_memory_that_another_process_is_making_is_no_strangers_database(tmp_path):
    path = tmp_path / "m.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        memory_store._prepare(Interrupted(connection, path), path)
        assert connection.execute("PRAGMA application_id").fetchone() == (memory_store.APPLICATION,)
