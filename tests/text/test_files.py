"""Reading documents in their encodings, finding them, writing whole or not at all."""

import errno
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline import files
from pipeline.errors import InputError, OutputError
from pipeline.files import (
    find_documents,
    read_document,
    read_jsonl,
    read_lines,
    sha256_bytes,
    to_json,
    write_atomic,
    write_jsonl,
)
from pipeline.records import Evidence, Reading, Segment

TEXT = "ভারত ও বেলজিয়াম।\r\n\r\nদ্বিতীয় লাইন।\n"
SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.mark.parametrize(
    ("label", "data"),
    [
        ("utf-8", TEXT.encode()),
        ("utf-8 with mark", b"\xef\xbb\xbf" + TEXT.encode()),
        ("utf-16 little endian", b"\xff\xfe" + TEXT.encode("utf-16-le")),
        ("utf-16 big endian", b"\xfe\xff" + TEXT.encode("utf-16-be")),
    ],
)
def test_encodings(tmp_path: Path, label: str, data: bytes) -> None:
    path = tmp_path / "article.one.txt"
    path.write_bytes(data)
    document = read_document(path)
    assert document.text == TEXT
    assert document.doc == "article.one"
    assert document.language == "bn"
    assert document.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("label", "data", "offset", "found"),
    [
        ("latin-1", "Attaché".encode("latin-1"), 6, "not UTF-8"),
        ("cut in a character", "ভারত".encode()[:-1], 9, "not UTF-8"),
        ("cut after the mark", b"\xef\xbb\xbf" + b"ab\xe0", 5, "not UTF-8"),
        ("utf-16 without mark", "India".encode("utf-16-le"), 1, "binary"),
        ("utf-16 of odd length", b"\xff\xfeI\x00n", 4, "UTF-16-LE"),
        ("lone surrogate", b"\xff\xfeI\x00\x00\xd8n\x00", 4, "UTF-16-LE"),
        ("utf-32", b"\xff\xfe\x00\x00I\x00\x00\x00", 0, "UTF-32"),
        ("picture", b"\x89PNG\r\n\x1a\n", 0, "not UTF-8"),
        ("zip", b"PK\x03\x04\x14", 2, "binary"),
        ("control after Bengali", "ভা\x00".encode(), 6, "binary"),
        ("control in utf-16", b"\xff\xfe" + "ভ\x01".encode("utf-16-le"), 4, "binary"),
    ],
)
def test_other_encodings_are_refused_with_the_byte(
    tmp_path: Path, label: str, data: bytes, offset: int, found: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_document(path)
    assert caught.value.where == f"{path}, byte {offset}"
    assert found in caught.value.found


@pytest.mark.parametrize(
    ("label", "data", "found"),
    [
        ("empty", b"", "an empty file"),
        ("mark alone", b"\xef\xbb\xbf", "an empty file"),
        ("blank", " \n\u00a0\r\n".encode(), "nothing but white space"),
        ("no words", b"123 456", "no words"),
    ],
)
def test_no_text_is_refused(tmp_path: Path, label: str, data: bytes, found: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_document(path)
    assert caught.value.found == found


def test_a_named_language_is_not_detected(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"123 456")
    assert read_document(path, language="en").language == "en"


def test_missing_folder_and_huge_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_document(tmp_path / "none.txt")
    with pytest.raises(InputError, match="found a folder"):
        read_document(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        read_document(tmp_path / "a\0b")
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as stream:
        stream.truncate(50 * 2**20)
    with pytest.raises(InputError, match="more than 20 MB; expected a document of at most 20 MB"):
        read_document(huge)


def test_lines_are_ended_by_lf_and_crlf_only(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\u2028still one\r\n\ntwo\n", encoding="utf-8", newline="")
    assert read_lines(path) == ["one\u2028still one", "", "two"]
    path.write_bytes(b"no end")
    assert read_lines(path) == ["no end"]
    path.write_bytes(b"")
    assert read_lines(path) == []


def test_documents_of_a_folder_are_its_texts_once_and_in_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a.TXT", "c.md", ".hidden.txt", "references/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert [path.name for path in find_documents([tmp_path, tmp_path / "b.txt"])] == ["a.TXT", "b.txt"]
    assert find_documents([tmp_path / "c.md"]) == [tmp_path / "c.md"]
    assert [path.stem[:2] for path in find_documents([SEEDS])] == ["01", "02", "03", "04", "05"]


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"without \.txt files"):
        find_documents([tmp_path])


def test_writing_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "new" / "out.txt"
    write_atomic(path, "এক\r\n")
    write_atomic(path, b"\x00two")
    assert path.read_bytes() == b"\x00two"
    assert [item.name for item in path.parent.iterdir()] == ["out.txt"]


def test_text_keeps_its_line_ends(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a", "এক\r\n\n")
    assert (tmp_path / "a").read_bytes() == "এক\r\n\n".encode()


@pytest.mark.parametrize(
    ("number", "advice"), [(errno.ENOSPC, "Free some space"), (errno.EROFS, "writable folder"), (errno.EIO, "Check")]
)
def test_a_failed_write_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    path = tmp_path / "out.txt"
    write_atomic(path, "old")

    def full(handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OutputError) as caught:
        write_atomic(path, "new")
    assert advice in caught.value.do
    assert os.strerror(number).lower() in caught.value.found
    assert path.read_text("utf-8") == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["out.txt"]


def test_writing_to_a_folder_or_under_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for path in (tmp_path, tmp_path / "file" / "below.txt"):
        with pytest.raises(OutputError):
            write_atomic(path, "new")


def test_json_keeps_field_order_and_letters() -> None:
    segment = Segment("a:0001", "a", 1, 2, 0, 4, "ভারত", "heading")
    assert to_json(segment) == (
        '{"id": "a:0001", "doc": "a", "index": 1, "line": 2, "start": 0, "end": 4, "text": "ভারত", "kind": "heading"}'
    )
    assert to_json({"b": (1, None), "a": frozenset("yx"), "p": Path("q")}) == (
        '{"b": [1, null], "a": ["x", "y"], "p": "q"}'
    )


def test_a_reading_says_what_it_rests_on_as_for() -> None:
    assert to_json(Reading("sco", (0, 2), 1.5)) == '{"entry": "sco", "for": [0, 2], "strength": 1.5}'
    assert '"says": "sco"' in to_json([Evidence("cue", 0, 1, "x", "sco")])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_json_lacks_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        to_json({"x": value})


def test_values_without_json_form_are_refused() -> None:
    with pytest.raises(TypeError, match="no JSON form for object"):
        to_json(object())


def test_jsonl_round_trip(tmp_path: Path) -> None:
    rows = [{"a": "লাইন\u2028"}, {"b": [1.5, None, True]}]
    write_jsonl(tmp_path / "a.jsonl", rows)
    assert list(read_jsonl(tmp_path / "a.jsonl")) == rows


@pytest.mark.parametrize(
    ("line", "found"),
    [("{", "no JSON (Expecting property name"), ("[1]", "JSON of type list"), ("[" * 100_000, "no JSON")],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, found: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"ok": 1}\n\n' + line + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        list(read_jsonl(path))
    assert caught.value.where == f"{path}, line 3"
    assert caught.value.found.startswith(found)


def test_the_hash_is_sha256() -> None:
    assert sha256_bytes(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_threads_that_write_one_file_leave_one_of_their_texts_whole(tmp_path: Path) -> None:
    path, texts = tmp_path / "out.txt", [str(number) * 20_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: write_atomic(path, text), texts))
    assert path.read_text("utf-8") in texts
    assert [item.name for item in tmp_path.iterdir()] == ["out.txt"]
