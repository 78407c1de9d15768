"""Files as other tools write them, and files that are broken: read widely, refused with the line."""

from __future__ import annotations

import io
import json
from pathlib import Path

import docx
import pytest

from pipeline.errors import InputError
from pipeline.formats import export_rows, read_bundle, read_units


def tmx(body):
    return f'<tmx version="1.4"><header srclang="bn"/>\n<body>{body}</body></tmx>'


def xliff(body):
    return (
        f'<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">\n<file original="f" datatype="x" '
        f'source-language="bn" target-language="en"><body>{body}</body></file></xliff>'
    )


def xliff2(body, *, languages='srcLang="bn-BD" trgLang="en-GB"'):
    return (
        f'<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0" {languages}>\n<file id="f" '
        f'original="o">{body}</file></xliff>'
    )


CASES = json.loads((Path(__file__).parent / "foreign.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_files_of_other_tools(case):
    bundle = read_bundle("\n".join(case["text"]).encode(), case["format"])
    assert [[unit.source_language, unit.source, unit.target] for unit in bundle.units] == case["units"]
    assert len(bundle.notices) == case["notices"]


STATES = [
    ("approved", "approved='yes'", "", ("approved", "approved")),
    ("final", "", "state='final'", ("approved", "approved")),
    ("machine", "", "state='needs-review-translation' state-qualifier='mt-suggestion'", ("draft", "mt")),
    ("translated", "", "state='translated'", ("draft", "draft")),
    ("rejected", "", "state='needs-translation' state-qualifier='rejected-grammar'", ("rejected", "draft")),
    ("nothing said", "", "", ("draft", "draft")),
]


@pytest.mark.parametrize(("label", "of_unit", "of_target", "wanted"), STATES, ids=[case[0] for case in STATES])
def test_states_of_xliff(label, of_unit, of_target, wanted):
    text = xliff(f"<trans-unit id='1' {of_unit}><source>ক</source><target {of_target}>k</target></trans-unit>")
    (unit,) = read_units(text.encode(), "xliff")
    assert (unit.status, unit.origin) == wanted


def test_a_foreign_tmx_is_a_draft_until_somebody_says_otherwise():
    body = (
        "<tu tuid='7' changedate='20260304T050607Z'><note>n</note><prop type='p'>x</prop>"
        "<tuv xml:lang='bn'><seg>ক</seg></tuv><tuv xml:lang='en'><seg>k</seg></tuv></tu>"
    )
    (unit,) = read_units(tmx(body).encode(), "tmx")
    assert (unit.status, unit.origin, unit.id, unit.notes) == ("draft", "draft", "7", ("n",))
    assert unit.changed == "2026-03-04T05:06:07Z"


BROKEN = [
    ("TMX, not TMX", "tmx", "<root>\n</root>", "line 1: found the element <root>"),
    ("TMX, no body", "tmx", "\n<tmx/>", "line 2: found the element <tmx> without <body>"),
    ("TMX, no seg", "tmx", tmx('<tu>\n<tuv xml:lang="bn"/></tu>'), "line 3: found a <tuv> without <seg>"),
    ("TMX, entity", "tmx", "<!DOCTYPE tmx [\n<!ENTITY a 'b'>]>" + tmx(""), "line 2: found a declaration of the"),
    ("XLIFF, not XLIFF", "xliff", "<tmx/>", "the element <tmx> of no namespace"),
    ("XLIFF, version 3", "xliff", '<xliff xmlns="urn:oasis:names:tc:xliff:document:3.0"/>', "document:3.0"),
    ("XLIFF, no source", "xliff", xliff("\n<trans-unit id='1'/>"), "line 3: found a <trans-unit> without <source>"),
    ("XLIFF 2, no source", "xliff", xliff2("\n<unit id='1'><segment/></unit>"), "line 3: found a <segment> without"),
    ("XLIFF 2, languages", "xliff2", xliff2("", languages='srcLang="fr"'), "srcLang 'fr' and trgLang None"),
    ("CSV, columns", "csv", "a,b\nx,y\n", "line 1: found the columns a, b"),
    ("CSV, a short row", "csv", 'bn,en\n"ক\nখ",k\nগ\n', "line 4: found 1 cells"),
    ("CSV, an open quotation", "csv", 'bn,en\nক,k\n"খ,l\n', "line 3: found a row that is not CSV"),
    ("CSV, languages", "csv", "source,target\nx,y\n", "line 2: found the languages None and None"),
    ("CSV, the same languages", "csv", "source,target,source_language,target_language\nx,y,bn,bn\n", "'bn' and 'bn'"),
    ("CSV, encoding", "csv", b"bn,en\n\xff,k\n", "byte 6"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "kind", "text", "says"), BROKEN, ids=[case[0] for case in BROKEN])
def test_broken_files_say_where(label, kind, text, says):
    with pytest.raises(InputError) as caught:
        read_bundle(text if isinstance(text, bytes) else text.encode(), kind, where="f")
    assert says in str(caught.value)


def test_cells_that_could_start_a_formula_are_quoted(tricky_run):
    text = export_rows(*tricky_run, "csv").decode("utf-8-sig")
    assert "'=1+2,'@handle" in text
    assert "''=1" in text


@pytest.mark.parametrize(
    ("label", "before", "after", "says"),
    [
        ("a cell less", "<td>draft</td>", "", "a row of 3 cells"),
        ("no languages", 'data-source="bn"', "", "a table without its languages"),
        ("another page", "setu-units", "x", "no table of Setu"),
    ],
)
def test_a_page_that_was_edited_badly(tricky_run, label, before, after, says):
    page = export_rows(*tricky_run, "html").decode()
    assert before in page
    with pytest.raises(InputError, match=says):
        read_units(page.replace(before, after, 1).encode(), "html")


def test_an_exported_page_runs_nothing(tricky_run):
    page = export_rows(*tricky_run, "html").decode()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_table_edited_in_word_is_read(bengali_run):
    rows, manifest = bengali_run
    document = docx.Document(io.BytesIO(export_rows(rows[:3], manifest, "docx")))
    cells = document.tables[0].rows[1].cells
    cells[2].paragraphs[0].runs[0].text = "Edited"
    cells[2].add_paragraph("in two paragraphs")
    cells[3].paragraphs[0].runs[0].text = "Approved"
    cells[4].add_paragraph("look here")
    document.tables[0].rows[2].cells[0].merge(document.tables[0].rows[2].cells[4])
    document.add_paragraph("A remark of the translator")
    stream = io.BytesIO()
    document.save(stream)
    bundle = read_bundle(stream.getvalue(), "docx")
    first = bundle.units[0]
    assert (first.target, first.status, first.origin) == ("Edited\nin two paragraphs", "approved", "approved")
    assert (first.source, first.id, first.notes) == (rows[0]["source"], rows[0]["id"], ("look here",))
    assert [unit.id for unit in bundle.units] == [rows[0]["id"], rows[2]["id"]]
    assert bundle.notices == ("01-belgium-call, row 2 of the table has 1 cells and was left out",)


def test_tracked_changes_of_word_are_read_as_accepted(bengali_run):
    from pipeline.formats.docx_zip import pack, unpack

    package = unpack(export_rows(bengali_run[0][:1], bengali_run[1], "docx"), "x")
    body = package["word/document.xml"].decode()
    old = '<w:t xml:space="preserve">draft, machine</w:t>'
    assert old in body
    new = (
        '<w:delText>draft, machine</w:delText></w:r></w:del><w:ins w:id="2"><w:r><w:t>approved</w:t></w:r></w:ins>'
        '<w:moveFrom w:id="3"><w:r><w:t>gone</w:t></w:r></w:moveFrom><w:del w:id="4"><w:r>'
    )
    body = body.replace(old, f"</w:r><w:del w:id='1'><w:r>{new}", 1).replace(new + "</w:r>", f"{new}</w:r></w:del>", 1)
    (unit,) = read_units(pack(package | {"word/document.xml": body.encode()}), "docx")
    assert unit.status == "approved"


def test_a_word_file_without_properties_is_read(bengali_run):
    from pipeline.formats.docx_zip import pack, unpack

    package = unpack(export_rows(bengali_run[0][:1], bengali_run[1], "docx"), "x")
    del package["docProps/core.xml"]
    assert read_bundle(pack(package), "docx").head.run == ""
