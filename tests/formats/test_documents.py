"""Word files and web pages as source documents: text out by paragraph, translation back into the same place."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.formats import docx_zip
from pipeline.formats.documents import is_layered, put_back, read_any
from pipeline.formats.html_blocks import blocks, replaced
from pipeline.segment import rejoin, segment

SEEDS = Path(__file__).resolve().parents[2] / "seeds"

PAGES = [
    ("paragraphs", "<p>One.</p>\n<p> Two\n words. </p>", ["One.", "Two words."]),
    ("no end tags", "<p>One<p>Two<li>Three", ["One", "Two", "Three"]),
    ("inline", "<p>A <b>bold</b>, <i>x</i>&amp;<a href='/?a=1&b=2'>link</a>.</p>", ["A bold, x&link."]),
    ("line break", "<p>One<br>Two<br/>Three</p>", ["One", "Two", "Three"]),
    ("title and heading", "<head><title>T</title></head><h1>H</h1>", ["T", "H"]),
    ("scripts", "<script>var a = '<p>no</p>';</script><style>p{}</style><p>yes</p>", ["yes"]),
    ("what is not shown", "<noframes><p>no</p></noframes><svg><text>no</text></svg><p>yes</p>", ["yes"]),
    ("script in a sentence", "<p>One <script>if (a<b) {}</script>two</p>", ["One two"]),
    ("comment", "<p>One<!-- <p>no</p> --> two</p><!-- open", ["One two"]),
    ("entities", "<p>&#2453;&#x995;&nbsp;&lt;b&gt; &copy;</p>", ["কক\u00a0<b> ©"]),
    ("less-than signs", "<p>1 < 2 & 3 <3 </p>", ["1 < 2 & 3 <3"]),
    ("not to be translated", "<p translate='no'>no</p><p>yes</p>", ["yes"]),
    ("not to be translated, nested", "<div class='x notranslate'><div>no</div>no</div><p>yes</p>", ["yes"]),
    ("not to be translated, void", "<img class='notranslate'><p>yes</p>", ["yes"]),
    ("table", "<table><tr><td>a</td><td>b</td></tr></table>", ["a", "b"]),
    ("quotes in tags", "<p title='a > b' data-x=\"<p>\">x</p>", ["x"]),
    ("unfinished tag", "<p>One</p><a href='x", ["One"]),
    ("form", "<select><option>no</select><textarea>no</textarea><button>Go</button>", ["Go"]),
    ("nothing", "<p> &nbsp; </p><img alt='x'>", []),
]  # fmt: skip


@pytest.mark.parametrize(("label", "page", "texts"), PAGES, ids=[label for label, *_ in PAGES])
def test_text_of_a_page(label, page, texts):
    assert [block.plain(page) for block in blocks(page)] == texts
    assert replaced(page, texts, language="en") == page  # an unchanged text leaves every byte


TRANSLATED = [
    ("one stretch", "<p class=a> One. </p>", ["এক"], "<p class=a> এক </p>"),
    ("longest stretch keeps its formatting", "<p>A <b>much longer</b> x.</p>", ["এক"], "<p><b>এক</b></p>"),
    ("emptied elements go", "<p>Much longer <b>x</b> <i><u>y</u></i>.</p>", ["এক"], "<p>এক</p>"),
    ("pictures stay", "<p>Long text <a href=x><img src=i></a> x</p>", ["এক"], "<p>এক<a href=x><img src=i></a></p>"),
    ("escaped", "<p>x</p>", ['<script>a</script> & "q"'], '<p>&lt;script&gt;a&lt;/script&gt; &amp; "q"</p>'),
    ("scripts untouched", "<script>a<b</script><p>x</p>", ["y"], "<script>a<b</script><p>y</p>"),
    ("language named", '<html class="a" lang="en-GB"><p>x</p>', ["y"], '<html class="a" lang="bn"><p>y</p>'),
    ("several", "<p>a</p><p>b</p>", ["b", "a"], "<p>b</p><p>a</p>"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "page", "texts", "wanted"), TRANSLATED, ids=[label for label, *_ in TRANSLATED])
def test_translation_of_a_page(label, page, texts, wanted):
    assert replaced(page, texts, language="bn") == wanted


PIECES = [
    "<p>", "</p>", "<b>", "</b>", "<br>", "<script>", "</script>", "<", ">", "&amp;", "ক", " ", "x<!--", "-->",
    "<a href='", "'>",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_any_page_survives(pieces):
    page = "".join(pieces)
    texts = [block.plain(page) for block in blocks(page)]
    assert replaced(page, texts, language="en") == page
    changed = replaced(page, [f"ন{number}" for number in range(len(texts))], language="en")
    assert all(f"ন{number}" in changed for number in range(len(texts)))


def test_a_slow_page_is_not_slow():
    for page in ("<a " * 200_000, "<p>x" * 50_000, "<!-- " * 100_000, "<" * 100_000, "<a '" * 100_000):
        blocks(page)


def test_a_page_in_and_out(tmp_path):
    source = (SEEDS / "04-belgium-defence.txt").read_text(encoding="utf-8")
    paragraphs = "\n".join(f"<p>{line}</p>" for line in source.split("\n") if line.strip())
    path = tmp_path / "article.html"
    path.write_bytes(f"\ufeff<html lang=en>\r\n<script>x()</script>{paragraphs}</html>".encode())
    document = read_any(path)
    assert document.language == "en"
    assert document.text.split("\n")[:-1] == [" ".join(line.split()) for line in source.split("\n") if line.strip()]
    parts = segment(document)
    translated = rejoin(document, {part.id: f"খ {part.index}" for part in parts})
    result = put_back(path, document, translated, language="bn").decode("utf-8-sig")
    assert result.startswith("<html lang=bn>\r\n<script>x()</script><p>")
    assert f"খ {parts[-1].index}</p></html>" in result
    assert put_back(path, document, document.text, language="en") == path.read_bytes().replace(b"lang=en", b"lang=en")


def test_utf_16_stays_utf_16(tmp_path):
    path = tmp_path / "a.htm"
    path.write_bytes("\ufeff<p>বাংলা লেখা</p>".encode("utf-16-le"))
    document = read_any(path)
    result = put_back(path, document, "English text\n", language="en")
    assert result.decode("utf-16") == "<p>English text</p>"


@pytest.fixture
def word(tmp_path):
    """A Word file with formatting, a table, a link, breaks, a picture's place, a header."""
    made = docx.Document()
    made.add_heading("বেলজিয়ামের সঙ্গে বৈঠক", level=1)
    paragraph = made.add_paragraph(style="Quote")
    paragraph.add_run("ছোট ").bold = True
    long = paragraph.add_run("এই দীর্ঘ অংশটি বাঁকা অক্ষরে লেখা।")
    long.italic = True
    long.font.size = docx.shared.Pt(14)
    broken = made.add_paragraph("প্রথম লাইন")
    broken.add_run().add_break()
    broken.add_run("দ্বিতীয় লাইন\tতৃতীয় অংশ")
    made.add_paragraph("   ")
    table = made.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text = "ঘর এক"
    table.rows[0].cells[1].text = "ঘর দুই"
    made.sections[0].header.paragraphs[0].text = "শিরোলেখ"
    path = tmp_path / "article.docx"
    made.save(path)
    return path


WORD_LINES = [
    "বেলজিয়ামের সঙ্গে বৈঠক", "ছোট এই দীর্ঘ অংশটি বাঁকা অক্ষরে লেখা।", "প্রথম লাইন", "দ্বিতীয় লাইন", "তৃতীয় অংশ",
    "ঘর এক", "ঘর দুই", "শিরোলেখ",
]  # fmt: skip


def test_text_of_a_word_file(word):
    document = read_any(word)
    assert document.text.split("\n") == [*WORD_LINES, ""]
    assert (document.doc, document.language) == ("article", "bn")


def test_translation_of_a_word_file(word):
    document = read_any(word)
    english = "".join(f"Line {number} <&>\n" for number in range(len(WORD_LINES)))
    result = docx.Document(io.BytesIO(put_back(word, document, english, language="en")))
    texts = [paragraph.text for paragraph in result.paragraphs]
    assert texts == ["Line 0 <&>", "Line 1 <&>", "Line 2 <&>\nLine 3 <&>\tLine 4 <&>", "   "]
    assert [cell.text for cell in result.tables[0].rows[0].cells] == ["Line 5 <&>", "Line 6 <&>"]
    assert result.sections[0].header.paragraphs[0].text == "Line 7 <&>"
    assert [paragraph.style.name for paragraph in result.paragraphs[:2]] == ["Heading 1", "Quote"]
    (run,) = [run for run in result.paragraphs[1].runs if run.text]
    assert (run.italic, run.bold, run.font.size.pt) == (True, None, 14)


def test_formatting_reaches_the_other_script(word):
    document = read_any(word)
    result = docx.Document(io.BytesIO(put_back(word, document, document.text.replace("ছোট", "বড়"), language="bn")))
    (run,) = [run for run in result.paragraphs[1].runs if run.text]
    tags = [child.tag for child in run._r.rPr]
    assert tags == [qn(f"w:{name}") for name in ("i", "iCs", "sz", "szCs")]


def test_an_untranslated_word_file_keeps_its_parts(word):
    document = read_any(word)
    result = put_back(word, document, document.text, language="bn")
    with zipfile.ZipFile(word) as before, zipfile.ZipFile(io.BytesIO(result)) as after:
        assert before.namelist() == after.namelist()
        assert all(before.read(name) == after.read(name) for name in before.namelist())


def edited(path, **replacements):
    """A Word file with pieces of its document.xml replaced."""
    package = docx_zip.unpack(path.read_bytes(), "x")
    body = package["word/document.xml"].decode()
    for before, after in replacements.values():
        assert before in body
        body = body.replace(before, after, 1)
    path.write_bytes(docx_zip.pack(package | {"word/document.xml": body.encode()}))
    return path


MARKS = [
    ("deleted text is no text", "<w:del w:id='1'><w:r><w:delText>no</w:delText></w:r></w:del>", "শেষ"),
    ("inserted text is", "<w:ins w:id='1'><w:r><w:t>নতুন</w:t></w:r></w:ins>", "নতুনশেষ"),
    ("codes of fields are not", "<w:r><w:instrText>PAGE</w:instrText></w:r>", "শেষ"),
    ("a link's text is", "<w:hyperlink><w:r><w:t>যোগ </w:t></w:r></w:hyperlink>", "যোগ শেষ"),
    ("a hyphen that holds", "<w:r><w:t>আ</w:t><w:noBreakHyphen/><w:t>খ </w:t></w:r>", "আ\u2011খ শেষ"),
]


@pytest.mark.parametrize(("label", "mark", "text"), MARKS, ids=[label for label, *_ in MARKS])
def test_marks_of_word(tmp_path, label, mark, text):
    path = tmp_path / "a.docx"
    made = docx.Document()
    made.add_paragraph("শেষ")
    made.save(path)
    edited(path, mark=("<w:p><w:r><w:t>শেষ", f"<w:p>{mark}<w:r><w:t>শেষ"))
    document = read_any(path)
    assert document.text == text + "\n"
    result = docx.Document(io.BytesIO(put_back(path, document, "The end\n", language="en")))
    assert "The end" in result.paragraphs[0].text
    assert result.element.body.xml.count("The end") == 1


LAUGHS = "<!DOCTYPE x [<!ENTITY a 'b'>]>"
EMPTY = {"[Content_Types].xml": b"<Types/>"}
BROKEN = [
    ("not a zip", lambda path: path.write_bytes(b"PK nothing"), "no readable ZIP"),
    ("another zip", lambda path: path.write_bytes(docx_zip.pack({"a": b"b"})), "without"),
    ("no document in it", lambda path: path.write_bytes(docx_zip.pack(EMPTY)), "without a Word"),
    ("entities", lambda path: edited(path, a=("?>", f"?>{LAUGHS}")), "entity 'a'"),
    ("not well-formed", lambda path: edited(path, a=("<w:body>", "<w:bode>")), "word/document.xml, line"),
    ("no text", lambda path: docx.Document().save(path), "without text"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "spoil", "says"), BROKEN, ids=[label for label, *_ in BROKEN])
def test_broken_word_files(word, label, spoil, says):
    spoil(word)
    with pytest.raises(InputError, match=says.replace("[", r"\[")):
        read_any(word)


def test_a_zip_bomb_is_refused(word, monkeypatch):
    monkeypatch.setattr(docx_zip, "MAX_UNPACKED", 1000)
    with pytest.raises(InputError, match="unpack to"):
        read_any(word)


def test_a_changed_file_and_other_lines_are_refused(word):
    document = read_any(word)
    with pytest.raises(InputError, match="a translation of 1 lines"):
        put_back(word, document, "one\n", language="en")
    word.write_bytes(word.read_bytes() + b" ")
    with pytest.raises(InputError, match="changed since"):
        put_back(word, document, "x\n" * len(WORD_LINES), language="en")


def test_plain_text_is_left_to_the_reader_of_texts():
    path = SEEDS / "01-belgium-call.txt"
    document = read_any(path)
    assert document.text == path.read_text(encoding="utf-8")
    assert put_back(path, document, "x\n", language="en") == b"x\n"
    assert not is_layered(path)
    assert is_layered(Path("A.HTML"))
