"""Doer and receiver whose names sound different in the two languages: they are known from the glossary."""

from dataclasses import replace

import pytest

from pipeline.checks import Pair, check_segment
from pipeline.records import Document, Segment, TermEntry, TermSide, source_language
from pipeline.termbase import termbase_of
from pipeline.terms import find_terms

BASE = termbase_of(
    [
        TermEntry("india", TermSide("ভারত"), TermSide("India"), type="place"),
        TermEntry("china", TermSide("চীন"), TermSide("China"), type="place"),
        TermEntry("iraq", TermSide("ইরাক"), TermSide("Iraq"), type="place"),
        TermEntry("qatar", TermSide("কাতার"), TermSide("Qatar"), type="place"),
        TermEntry("usa", TermSide("যুক্তরাষ্ট্র"), TermSide("United States", None, ("US",)), type="place"),
        TermEntry("sco", TermSide("এসসিও"), TermSide("SCO"), type="acronym"),
        TermEntry("pm", TermSide("প্রধানমন্ত্রী"), TermSide("Prime Minister"), type="title"),
        TermEntry("putin", TermSide("ভ্লাদিমির পুতিন"), TermSide("Vladimir Putin"), type="person"),
    ]
)


def found(bengali, english, direction, start=0):
    source, target = (bengali, english) if direction == "bn-en" else (english, bengali)
    document = Document("d", "d", source, "", source_language(direction))
    segments = [Segment("d:0", "d", 0, 1, 0, len(source), source, "sentence")]
    moved = (
        replace(m, start=m.start + start, end=m.end + start) for m in find_terms(document, segments, BASE, direction)
    )
    pair = Pair(source, target, direction, matches=tuple(moved), start=start)
    return [finding for finding in check_segment(pair, termbase=BASE) if finding.check == "roles"]


# (label, Bengali, English, who does it in English while Bengali has it in the objective case; None when all is well)
CASES = [
    ("exchanged", "সীমান্ত নিয়ে ভারতকে সতর্ক করল চীন", "India warns China over border", "India"),
    ("right", "সীমান্ত নিয়ে ভারতকে সতর্ক করল চীন", "China warns India over border", None),
    ("passive, right", "ভারতকে সতর্ক করেছে চীন।", "India was warned by China.", None),
    ("passive, exchanged", "ভারতকে সতর্ক করেছে চীন।", "China was warned by India.", "India"),
    ("acronym, exchanged", "এসসিওকে ধন্যবাদ জানিয়েছে ভারত।", "The SCO thanked India.", "SCO"),
    ("acronym with a hyphen, exchanged", "এসসিও-কে ধন্যবাদ জানিয়েছে ভারত।", "The SCO has thanked India.", "SCO"),
    ("acronym, right", "এসসিওকে ধন্যবাদ জানিয়েছে ভারত।", "India thanked the SCO.", None),
    ("name of two words, exchanged", "যুক্তরাষ্ট্রকে দায়ী করেছে চীন।",
     "The United States blamed China.", "United States"),
    ("name of two words, right", "যুক্তরাষ্ট্রকে দায়ী করেছে চীন।", "China blamed the United States.", None),
    ("joint doers, right", "ভারত ও চীন যুক্তরাষ্ট্রকে সতর্ক করেছে।", "India and China warned the United States.", None),
    ("joint doers, exchanged", "যুক্তরাষ্ট্র ভারত ও চীনকে সতর্ক করেছে।", "China and India warned the US.", "India"),
    ("joint receivers, right", "ভারত ও চীনকে সতর্ক করেছে যুক্তরাষ্ট্র।", "The US warned China and India.", None),
    ("joint receivers, the name without -কে first", "ভারত ও চীনকে সতর্ক করেছে যুক্তরাষ্ট্র।",
     "India warned the US.", "India"),
    ("owner", "ভারতকে সতর্ক করেছেন চীনের প্রধানমন্ত্রী।", "China's Prime Minister warned India.", None),
    ("owner of the receiver", "ভারতকে সতর্ক করেছে চীন।", "China warned India's army.", None),
    ("the owner is not the doer", "ভারতকে সতর্ক করেছে চীন।", "India's neighbour China warned it.", None),
    ("title before the receiver, right", "প্রধানমন্ত্রী নরেন্দ্র মোদিকে অভিনন্দন জানিয়েছে চীন।",
     "China congratulated Prime Minister Narendra Modi.", None),
    ("title before the receiver, exchanged", "প্রধানমন্ত্রী নরেন্দ্র মোদিকে অভিনন্দন জানিয়েছে চীন।",
     "Prime Minister Narendra Modi congratulated China.", "Modi"),
    ("title alone is not known to do it", "প্রধানমন্ত্রী পুতিনকে অভিনন্দন জানান।",
     "Putin congratulated the Prime Minister.", None),
    ("title alone, exchanged", "প্রধানমন্ত্রীকে অভিনন্দন জানিয়েছে চীন।",
     "The Prime Minister has congratulated China.", "Prime Minister"),
    ("last name alone, exchanged", "ভ্লাদিমির পুতিনকে ধন্যবাদ জানিয়েছে ভারত।", "Putin thanked India.", "Putin"),
    ("first and last name, exchanged", "ভ্লাদিমির পুতিনকে ধন্যবাদ জানিয়েছে ভারত।",
     "Vladimir Putin thanked India.", "Vladimir Putin"),
    ("last name acts later", "ভ্লাদিমির পুতিনকে ধন্যবাদ জানায় ভারত, পুতিন ধন্যবাদ জানান চীনকে।",
     "Vladimir Putin thanked China.", None),
    ("locative is no objective", "ইরাকে আশ্রয় দিয়েছে চীন।", "Iraq sheltered China.", None),
    ("objective of a name in ক", "ইরাককে আশ্রয় দিয়েছে চীন।", "Iraq sheltered China.", "Iraq"),
    ("a name in র has no ending", "কাতারকে সতর্ক করেছে ভারত, জবাবে কাতার সতর্ক করেছে চীনকে।",
     "Qatar warned China.", None),
    ("genitive is no doer", "ভারতকে সতর্ক করেছেন চীনের মন্ত্রীরা।", "India warned China.", None),
    ("who is warned of whom", "চীনকে নিয়ে যুক্তরাষ্ট্রকে সতর্ক করেছে ভারত।",
     "India warned the United States about China.", None),
]  # fmt: skip


@pytest.mark.parametrize("direction", ["bn-en", "en-bn"])
@pytest.mark.parametrize(("label", "bengali", "english", "does"), CASES, ids=[case[0] for case in CASES])
def test_case(label, bengali, english, does, direction):
    findings = found(bengali, english, direction)
    assert [finding.evidence["does"] for finding in findings] == ([does] if does else [])


@pytest.mark.parametrize("direction", ["bn-en", "en-bn"])
def test_the_finding_says_which_name_stands_where(direction):
    bengali, english = "সীমান্ত নিয়ে ভার\u200dতকে সতর্ক করল চীন", "India  warns China"
    (finding,) = found(bengali, english, direction, start=100)
    here, there = finding.source_span, finding.target_span
    spans = (there, here) if direction == "bn-en" else (here, there)
    assert (english[slice(*spans[0])], bengali[slice(*spans[1])]) == ("India", "ভার\u200dতকে")
    assert finding.evidence == {"verb": "warns", "does": "India", "objective": "ভার\u200dতকে"}
    assert (
        finding.message
        == "In English “India” is who does it (“warns”); in Bengali “ভার\u200dতকে” is whom it is done to."
    )


def test_every_verb_of_the_text_is_asked():
    bengali = "ভারতকে সতর্ক করেছে চীন। যুক্তরাষ্ট্রকে ধন্যবাদ জানিয়েছে এসসিও।"
    findings = found(bengali, "India warned China. The US thanked the SCO.", "bn-en")
    assert [finding.evidence["verb"] for finding in findings] == ["thanked", "warned"]


FORMS = ("জানান", "জানাল", "জানালেন", "জানিয়েছেন", "জানিয়েছে", "জানিয়েছিলেন", "জানাচ্ছেন", "জানাবেন", "জানাতে চান", "জানাননি")


@pytest.mark.parametrize("spelling", ["\u09df", "\u09af\u09bc"], ids=["one code point", "two code points"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_verb(form, spelling):
    bengali = f"ভারতকে ধন্যবাদ {form} চীনের প্রধানমন্ত্রী।".replace("\u09df", "\u09af\u09bc").replace("\u09af\u09bc", spelling)
    assert found(bengali, "India thanked the Chinese Prime Minister.", "bn-en")
    assert not found(bengali, "The Chinese Prime Minister thanked India.", "bn-en")


@pytest.mark.parametrize("object_", ["ট্রাম্পকে", "ট্রাম্প-কে", "‘ট্রাম্প’কে", "“ট্রাম্প”কে", "ট্রাম্প ও মাস্ককে"])
def test_every_way_to_write_the_ending(object_):
    bengali = f"{object_} সতর্ক করেছে চীন।"
    assert found(bengali, "Trump warned China.", "bn-en")
    assert not found(bengali, "China warned Trump.", "bn-en")
