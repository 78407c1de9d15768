"""What `setu glossary lint` finds: each problem with its place, and a near miss that is none."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.glossary import glossary as command
from pipeline.termbase_lint import lint

ROOT = Path(__file__).parents[2]


def entry(name: str, bn: str, en: str, more: str = "") -> str:
    return f"- {{id: {name}, bn: {bn}, en: {en}{', ' + more if more else ''}}}\n"


A, B = entry("a", "ঢাকা", "Dhaka"), entry("b", "চিন", "China")
# label, YAML, [(code, severity, line, entry, word of the message)]
CASES = [
    ("clean", A + B, []),
    (
        "duplicate term",
        A + entry("c", "ঢাকা", "Dacca"),
        [("duplicate", "error", 2, "c", "a ("), ("unreachable", "error", 2, "c", "taken by a")],
    ),
    (
        "duplicate in another encoding and case",
        entry("a", "রাশি\u09df\u09be", "Russia") + entry("c", "রাশি\u09af\u09bc\u09be", "RUSSIA"),
        [
            ("duplicate", "error", 2, "c", "bn"), ("duplicate", "error", 2, "c", "en"),
            ("unreachable", "error", 2, "c", "bn"), ("unreachable", "error", 2, "c", "en"),
        ],
    ),
    ("case tells acronyms apart", entry("a", "ক", "WHO", "type: acronym") + entry("c", "খ", "who"), []),
    (
        "a term that is another's variant",
        entry("a", "{term: চিন, variants: [চীন]}", "China") + entry("c", "চীন", "Cathay"),
        [("variant-of-another", "error", 2, "c", "variant of a")],
    ),
    ("one direction each", entry("a", "ক", "A", "direction: bn-en") + entry("c", "ক", "B", "direction: en-bn"), []),
    ("twice in one entry", entry("a", "{term: ক, variants: [খ, খ]}", "A"), [("repeated", "warning", 1, "a", "twice")]),
    ("confusable with nothing", entry("a", "ক", "A", "confusable_with: [z], cues: {bn: [খ]}"),
     [("confusable", "error", 1, "a", "z, which is no entry")]),
    ("confusable with itself", entry("a", "ক", "A", "confusable_with: [a], cues: {bn: [খ]}"),
     [("confusable", "error", 1, "a", "itself")]),
    (
        "a pair of confusables is no cycle",
        entry("a", "ক", "A", "confusable_with: [b], cues: {bn: [গ]}")
        + entry("b", "খ", "B", "confusable_with: [a], cues: {bn: [ঘ]}"),
        [],
    ),
    (
        "a ring of three",
        entry("a", "ক", "A", "confusable_with: [b], cues: {bn: [ঙ]}")
        + entry("b", "খ", "B", "confusable_with: [c], cues: {bn: [ঙ]}")
        + entry("c", "গ", "C", "confusable_with: [a], cues: {bn: [ঙ]}"),
        [("confusable-cycle", "warning", 1, "a", "→")],
    ),
    ("Latin letters in Bengali", entry("a", "SCO বৈঠক", "SCO meeting"), [("mixed-script", "error", 1, "a", "U+0053")]),
    ("Devanagari that looks Bengali", entry("a", "भारত", "India"), [("mixed-script", "error", 1, "a", "U+092D")]),
    ("Bengali letters in English", entry("a", "ক", "SCО"), [("mixed-script", "error", 1, "a", "U+041E")]),
    ("Latin is right where nothing is translated", entry("a", "Setu", "Setu", "type: do-not-translate"), []),
    ("digits and punctuation are of no script", entry("a", "জি-২০", "G-20"), []),
    ("accents are Latin", entry("a", "ক", "Türkiye Attaché"), []),
    ("forbidden and accepted", entry("a", "ক", "A b", "forbidden: {en: [a B]}"),
     [("forbidden-accepted", "error", 1, "a", "a B")]),
    (
        "suffix clash: ইউ + কে",
        entry("a", "ইউ", "U", "type: term") + entry("b", "ইউকে", "UK"),
        [("suffix-clash", "warning", 2, "b", "'ইউ' (a)")],
    ),
    ("no clash: the ending does not fit", entry("a", "চিন", "China") + entry("b", "চিনতে", "to know"), []),
    ("expand without expansion", entry("a", "ক", "A", "first_mention: expand"),
     [("no-expansion", "warning", 1, "a", "")]),
    ("confusable without evidence", entry("a", "ক", "A", "confusable_with: [b]") + entry("b", "খ", "B"),
     [("no-evidence", "warning", 1, "a", "")]),
    ("unreadable entries are reported with the rest", A + "- id: x\n" + entry("c", "ঢাকা", "Dacca"),
     [
         ("missing-key", "error", 2, "x", "bn"), ("missing-key", "error", 2, "x", "en"),
         ("duplicate", "error", 3, "c", "a ("), ("unreachable", "error", 3, "c", ""),
     ]),
    ("broken YAML", "- [\n", [("yaml", "error", 2, "", "well-formed")]),
]  # fmt: skip


@pytest.mark.parametrize(("label", "text", "expected"), CASES, ids=[case[0] for case in CASES])
def test_problems(tmp_path, label, text, expected) -> None:
    path = tmp_path / "g.yaml"
    path.write_text(text, "utf-8")
    problems = lint([path])
    found = [(problem.code, problem.severity, problem.line, problem.entry) for problem in problems]
    assert found == [row[:4] for row in expected], [problem.message for problem in problems]
    assert all(word in problem.message for problem, (*_, word) in zip(problems, expected, strict=True))
    assert all(problem.file == str(path) for problem in problems)


def test_replaced_entries_are_told_across_files(tmp_path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text(A, "utf-8")
    two.write_text(A, "utf-8")
    (problem,) = lint([one, two])
    assert (problem.code, problem.file, problem.line) == ("replaced", str(one), 1)
    assert f"{two}:1" in problem.message


def test_our_glossary_is_clean() -> None:
    assert [problem.message for problem in lint([ROOT / "glossary"]) if problem.severity == "error"] == []


@pytest.mark.parametrize(("text", "code"), [(A + B, 0), (A + entry("c", "ঢাকা", "Dacca"), 1), ("- [\n", 1)])
def test_command_exits_1_on_errors_only(tmp_path, text, code) -> None:
    path = tmp_path / "g.yaml"
    path.write_text(text, "utf-8")
    result = CliRunner().invoke(command, ["lint", "--glossary", str(path), "--json"])
    assert result.exit_code == code, result.output
    for line in result.output.splitlines():
        row = json.loads(line)
        assert {"file", "line", "entry", "message", "severity"} <= set(row)
        assert row["file"] == str(path)


def test_warnings_alone_are_no_failure(tmp_path) -> None:
    path = tmp_path / "g.yaml"
    path.write_text(entry("a", "{term: ক, variants: [খ, খ]}", "A"), "utf-8")
    result = CliRunner().invoke(command, ["lint", "--glossary", str(path)])
    assert result.exit_code == 0
    assert f"{path}:1:1: warning: a:" in result.output
    assert "0 errors, 1 warnings" in result.output


def test_command_tells_what_an_import_would_drop(tmp_path) -> None:
    path = tmp_path / "partner.csv"
    path.write_text("id,bn,en,colour\na,ঢাকা,Dhaka,x\nb,,China,x\nc,ঢাকা,Dacca,x\n", "utf-8")
    result = CliRunner().invoke(command, ["lint", str(path), "--json"])
    assert result.exit_code == 1
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert [(row["code"], row["severity"], row["line"], row["entry"]) for row in rows] == [
        ("dropped", "error", 3, "b"), ("left-out", "warning", 0, ""), ("duplicate", "error", 4, "c"),
        ("unreachable", "error", 4, "c"),
    ]  # fmt: skip


def test_a_crowd_of_confusables_is_told_in_a_moment(tmp_path) -> None:
    path = tmp_path / "g.yaml"
    names = [f"e{number}" for number in range(60)]
    letters = "কখগঘঙচছজঝঞটঠডঢণতথদধনপফবভমযরলশষ"
    more = f"confusable_with: [{', '.join(names)}], cues: {{en: [a]}}"
    bengali = [f"{letters[number % 30]}{letters[number // 30]}া" for number in range(60)]
    lines = [entry(name, bn, f"T{name}x", more) for name, bn in zip(names, bengali, strict=True)]
    path.write_text("".join(lines), "utf-8")
    assert {problem.code for problem in lint([path])} == {"confusable", "confusable-cycle"}
