"""The ladder over the toy engine: every rung alone, every promise of the interface."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.engines.fake import FEATURES, FakeEngine
from pipeline.errors import EngineError, InputError
from pipeline.records import Candidate, EngineInfo, Evidence, Reading, Request
from pipeline.translate import TranslateOptions, translate_segments, undo

SUMMIT = "আজ এসসিও শীর্ষ সম্মেলন।"


def one(item, base, *, engine=None, rungs=None, **options):
    given = TranslateOptions(**options) if rungs is None else TranslateOptions(rungs=rungs, **options)
    (translation,) = translate_segments([item], engine or FakeEngine(), base, options=given)
    assert undo(translation) == translation.raw
    return translation


RUNGS = [
    # label, rung, words of the engine, source, direction, target
    ("hints", "hints", {}, SUMMIT, "bn-en", "today SCO top conference."),
    ("n-best: the second rendering is right", "n-best", {"এসসিও": ("ASO", "SCO")}, SUMMIT, "bn-en",
     "today SCO top conference."),
    ("prefix", "prefix", {"এসসিও": ("ASO",)}, SUMMIT, "bn-en", "today SCO top conference."),
    ("prefix at the start", "prefix", {}, "এসসিও সম্মেলন।", "bn-en", "SCO conference."),
    ("prefix, two terms", "prefix", {}, "আস্তানায় আজ এসসিও সম্মেলন।", "bn-en", "Astana today SCO conference."),
    ("placeholder", "placeholder", {}, SUMMIT, "bn-en", "today SCO top conference."),
    ("substitute", "substitute", {}, SUMMIT, "bn-en", "today SCO top conference."),
    ("substitute, inflected in Bengali", "substitute", {"sco's": ("সাঙ্কোর",)}, "India said SCO's summit.", "en-bn",
     "ভারত বলেছেন এসসিও-র শীর্ষ সম্মেলন।"),
    ("substitute, genitive of the wrong word", "substitute", {"astana": ("অস্থানের",)}, "Astana summit", "en-bn",
     "আস্তানার শীর্ষ সম্মেলন"),
    ("substitute, article after a preposition", "substitute", {"সঙ্গে": ("with",), "এসসিওর": ("Sko",)},
     "আজ সঙ্গে এসসিওর", "bn-en", "today with the SCO"),
    ("substitute, wrong article", "substitute", {"এসসিওর": ("a Sko",)}, "আজ এসসিওর বৈঠক", "bn-en",
     "today the SCO meeting"),
    ("substitute, possessive kept", "substitute", {"এসসিওর": ("Skoo's",)}, "আজ এসসিওর বৈঠক", "bn-en",
     "today SCO's meeting"),
    ("substitute, an adjective becomes a possessive", "substitute", {"আস্তানার": ("Astanan",)}, "আজ আস্তানার বৈঠক",
     "bn-en", "today Astana's meeting"),
    ("substitute, misspelt name without attention", "substitute", {"জয়শঙ্কর": ("Joyshankar",)}, "জয়শঙ্কর আজ", "bn-en",
     "Jaishankar today"),
    ("substitute, a pronoun's plural is not the term's", "substitute", {"astana": ("আমাদের",)}, "Astana summit", "en-bn",
     "আস্তানার শীর্ষ সম্মেলন"),
    ("substitute, the source's plural is", "substitute", {"external": ("",), "affairs": ("",), "ministers": ("মন্ত্রক",)},
     "India and External Affairs Ministers", "en-bn", "ভারত এবং বিদেশমন্ত্রীরা"),
    ("substitute, the article stays and agrees", "substitute", {"বিদেশমন্ত্রী": ("a Foreign Affairs Minister",)},
     "বিদেশমন্ত্রী আজ", "bn-en", "An External Affairs Minister today"),
    ("the source's letters do not stay", "substitute", {"জয়শঙ্কর": ("S. জয়শঙ্কর",)}, "আজ জয়শঙ্কর", "bn-en",
     "today S. Jaishankar"),
    ("substitute, no word doubled", "substitute", {"বিদেশমন্ত্রী": ("Foreign Minister",)}, "আজ বিদেশমন্ত্রী জয়শঙ্কর",
     "bn-en", "today External Affairs Minister Jaishankar"),
]  # fmt: skip


@pytest.mark.parametrize("case", RUNGS, ids=[case[0] for case in RUNGS])
def test_rung_alone(case, base, make_item):
    _, rung, words, source, direction, target = case
    engine = FakeEngine(words={"জয়শঙ্কর": ("Jaishankar",), **words})
    translation = one(make_item(source, direction), base, engine=engine, rungs=(rung,))
    assert translation.target == target
    assert not translation.findings
    rules = {change.rule for change in translation.changes}
    assert f"terms.{rung}" in rules
    assert {change.glossary for change in translation.changes} == {base.sha256}


def test_substitution_by_likeness_needs_no_attention(base, make_item):
    engine = FakeEngine(words={"জয়শঙ্কর": ("Joyshankar",)}, features=frozenset())
    translation = one(make_item("আজ জয়শঙ্কর"), base, engine=engine, rungs=("substitute",))
    assert translation.target == "today Jaishankar"


def test_a_free_output_that_satisfies_is_left_alone(base, make_item):
    translation = one(make_item(SUMMIT), base, engine=FakeEngine(words={"এসসিও": ("SCO",)}))
    assert (translation.raw, translation.changes) == (translation.target, ())


def test_without_rungs_a_missing_term_is_a_finding(base, make_item):
    translation = one(make_item(SUMMIT, start=40), base, rungs=())
    assert translation.target == translation.raw
    (finding,) = translation.findings
    assert (finding.check, finding.severity, finding.source_span) == ("term-missing", "error", (3, 8))
    assert finding.evidence["target"] == "SCO"


def test_what_no_rung_can_mend_is_never_silent(base, make_item):
    engine = FakeEngine(words={"এসসিও": ("",), "SCO": ("",)}, features=frozenset())
    translation = one(make_item("এসসিও"), base, engine=engine)
    assert [finding.check for finding in translation.findings] == ["term-missing"]


def test_no_term_in_the_source_none_in_the_target(base, make_item):
    translation = one(make_item("আজ শীর্ষ সম্মেলন।"), base)
    assert "SCO" not in translation.target
    assert not translation.changes


def test_a_long_form_with_its_acronym_is_as_in_the_source(base, make_item):
    """Two mentions in the source are two in the target, and no third is added to them."""
    item = make_item("আজ সাংহাই সহযোগিতা সংস্থা (এসসিও) বৈঠক")
    full = FakeEngine(
        words={"এসসিও": ("SCO",), "সাংহাই": ("Shanghai",), "সহযোগিতা": ("Cooperation",), "সংস্থা": ("Organisation",)}
    )
    translation = one(item, base, engine=full)
    assert translation.target == "today Shanghai Cooperation Organisation (SCO) meeting"
    assert not translation.changes


@pytest.mark.parametrize("rung", ["hints", "prefix", "placeholder", "substitute"])
def test_a_term_is_written_once_for_each_mention(rung, base, make_item):
    translation = one(make_item("এসসিও বৈঠক এবং এসসিও সম্মেলন।"), base, rungs=(rung,))
    assert translation.target.count("SCO") == 2
    assert translation.target == "SCO meeting and SCO conference."


def test_a_doubled_term_is_made_single(base, make_item):
    engine = FakeEngine(words={"এসসিও": ("SCO SCO",), "আস্তানা": ("Astana",)})
    item = make_item("এসসিও সম্মেলন আস্তানা")
    translation = one(item, base, engine=engine)
    assert translation.target.count("SCO") == 1
    assert "terms.doubled" in {change.rule for change in translation.changes}


def test_names_that_enforcement_brings_keep_their_capitals(base, make_item):
    engine = FakeEngine(words={"এসসিও": ("shanghai cooperation Organisation (SCO)",), "আস্তানা": ("Astna",)})
    translation = one(make_item("এসসিও বৈঠক আস্তানা"), base, engine=engine, rungs=("substitute",))
    assert translation.target == "Shanghai Cooperation Organisation (SCO) meeting Astana"


def test_half_of_a_wrong_rendering_does_not_stay(base, make_item):
    engine = FakeEngine(words={"জয়শঙ্কর": ("Joyshankar of Jayshonkar",)})
    item = make_item("আজ জয়শঙ্কর")
    translation = one(item, base, engine=engine, rungs=("substitute",))
    assert translation.target.count("ankar") + translation.target.count("onkar") == 1
    assert "Jaishankar" in translation.target


def test_forbidden_renderings_are_replaced(base, make_item):
    engine = FakeEngine(words={"এসসিও": ("Shanghai Corporation Organisation",)})
    translation = one(make_item(SUMMIT), base, engine=engine, rungs=("substitute",))
    assert translation.target == "today Shanghai Cooperation Organisation top conference."


def test_a_forbidden_rendering_that_stays_is_reported(base, make_item):
    engine = FakeEngine(words={"এসসিও": ("SCO Shanghai Corporation Organisation",)})
    translation = one(make_item("এসসিও"), base, engine=engine, rungs=())
    (finding,) = translation.findings
    assert (finding.check, finding.severity) == ("term-forbidden", "error")
    assert translation.target[slice(*finding.target_span)] == "Shanghai Corporation Organisation"


def test_a_rejected_reading_is_right_where_the_source_means_it(base, make_item):
    """One এমইএ is contested and read as SCO, the other is the ministry: its long form with acronym is no fault."""
    item = make_item("আজ এমইএ সম্মেলন বিদেশ মন্ত্রক (এমইএ) বলেছেন")
    first = replace(item.matches[0], status="contested", proposed="sco", target="SCO")
    first = replace(first, readings=(Reading("sco", (), 1.0), Reading("mea", (), 0.5)))
    long = replace(item.matches[1], target="Ministry of External Affairs")
    item = replace(item, matches=(first, long, item.matches[2]))
    engine = FakeEngine(words={"এমইএ": ("MEA",), "বিদেশ": ("Ministry of External",), "মন্ত্রক": ("Affairs",)})
    translation = one(item, base, engine=engine, rungs=("hints", "prefix"))
    assert translation.target == "today SCO conference Ministry of External Affairs (MEA) said"
    assert not translation.findings


@pytest.mark.parametrize("rung", ["hints", "prefix", "substitute"])
def test_a_contested_acronym_gets_its_proposed_reading_and_says_so(rung, base, make_item):
    item = make_item("আজ এমইএ শীর্ষ সম্মেলন।")
    evidence = (Evidence("cue", 9, 22, "শীর্ষ সম্মেলন", "sco"), Evidence("letters", 3, 7, "এমইএ", "mea", 0.5))
    readings = (Reading("sco", (0,), 1.0), Reading("mea", (1,), 0.5))
    match = replace(
        item.matches[0], status="contested", proposed="sco", target="SCO", evidence=evidence, readings=readings
    )
    translation = one(replace(item, matches=(match,)), base, engine=FakeEngine(words={"এমইএ": ("MEA",)}), rungs=(rung,))
    assert translation.target == "today SCO top conference."
    (change,) = translation.changes
    assert change.entry == "sco"
    assert "contested" in change.why
    assert "শীর্ষ সম্মেলন" in change.why


def test_a_contested_acronym_that_was_right_at_once_is_a_finding(base, make_item):
    item = make_item("এমইএ সম্মেলন")
    match = replace(item.matches[0], status="contested", proposed="sco", target="SCO")
    translation = one(replace(item, matches=(match,)), base, engine=FakeEngine(words={"এমইএ": ("SCO",)}))
    assert [(f.check, f.severity) for f in translation.findings] == [("acronym-reading", "info")]


def test_first_mention_is_written_in_full_once(base, make_item):
    item = make_item("এসসিও বৈঠক এবং এসসিও সম্মেলন।")
    full = "Shanghai Cooperation Organisation (SCO)"
    item = replace(item, matches=(replace(item.matches[0], target=full), item.matches[1]))
    translation = one(item, base, engine=FakeEngine(words={"এসসিও": ("SCO",)}))
    assert translation.target == f"{full} meeting and SCO conference."
    assert [change.rule for change in translation.changes] == ["terms.first-mention"]


def test_do_not_translate_is_kept_letter_for_letter(base, make_item):
    item = make_item("আজ @মোদি এসসিও")
    handle = replace(item.matches[0], start=3, end=8, surface="@মোদি", suffix="", entry="", proposed="", target="@মোদি")
    translation = one(replace(item, matches=(handle, *item.matches)), base)
    assert translation.target == "today @মোদি SCO"


@pytest.mark.parametrize("text", ["", " ", "\u00a0\u2003"])
def test_blank_stays_blank(text, base, make_item):
    translation = one(make_item(text), base)
    assert (translation.raw, translation.target, translation.changes, translation.findings) == ("", "", (), ())


class Counting:
    """An engine that remembers what it was asked."""

    info = EngineInfo("counting", "none", "0" * 64, frozenset())

    def __init__(self) -> None:
        self.asked: list[str] = []

    def translate(self, requests):
        self.asked += [request.text for request in requests]
        return [(Candidate(request.text.upper(), -1.0),) for request in requests]


def test_identical_segments_are_decoded_once(base, make_item):
    engine = Counting()
    items = [make_item("abc", name=f"d:{k}") for k in range(5)]
    translations = translate_segments(items, engine, base, options=TranslateOptions(batch=2))
    assert engine.asked == ["abc"]
    assert [t.segment for t in translations] == [f"d:{k}" for k in range(5)]
    assert {t.target for t in translations} == {"ABC"}


def test_long_segments_go_in_pieces_and_lose_nothing(base, make_item):
    text = "; ".join(f"word{k} another{k} third{k}" for k in range(40))
    engine = Counting()
    translation = one(make_item(text), base, engine=engine, max_chars=100)
    assert len(engine.asked) > 5
    assert max(map(len, engine.asked)) <= 100
    assert translation.target == text.upper()


def test_terms_of_a_long_segment_are_enforced_in_every_piece(base, make_item):
    text = ", ".join(["আজ এসসিও শীর্ষ সম্মেলন"] * 12)
    translation = one(make_item(text, start=7), base, max_chars=80)
    assert translation.target.count("SCO") == 12
    assert not translation.findings


class Broken(Counting):
    def translate(self, requests):
        return super().translate(requests)[1:]


def test_an_engine_that_loses_a_request_is_an_error(base, make_item):
    with pytest.raises(EngineError, match="one a request"):
        translate_segments([make_item("a"), make_item("b")], Broken(), base)


class Disobedient(FakeEngine):
    """Says that it obeys prefixes and does not."""

    def translate(self, requests):
        return super().translate([Request(r.text, r.direction) for r in requests])


def test_an_engine_that_breaks_a_prefix_is_not_believed(base, make_item):
    engine = Disobedient(features=FEATURES)
    assert one(make_item(SUMMIT), base, engine=engine, rungs=("hints", "prefix")).findings


def test_progress_counts_segments(base, make_item):
    seen: list[tuple[int, int]] = []
    items = [make_item(f"আজ {k}") for k in range(5)]
    translate_segments(
        items, FakeEngine(), base, options=TranslateOptions(batch=2), progress=lambda *step: seen.append(step)
    )
    assert seen == [(2, 5), (4, 5), (5, 5)]


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"rungs": ["prefix", "magic"]}, "substitute"),
        ({"beams": 4}, "n_best"),
        ({"n_best": 0}, "1 to 32"),
        ({"max_chars": 1}, "40"),
    ],
)
def test_options_that_cannot_work_are_refused_by_name(values, names):
    with pytest.raises(InputError, match=names):
        TranslateOptions.parse(values)


def test_options_come_from_a_mapping():
    assert TranslateOptions.parse({"rungs": ["prefix"], "tries": 2}) == TranslateOptions(rungs=("prefix",), tries=2)
