"""Registry and configuration."""

import pytest

from pipeline.checks import CHECKS, CheckConfig, Pair, check_document, check_segment, configure
from pipeline.errors import InputError

PAIR = Pair("মঙ্গলবার ২০১৬ সালে দেখা হয়।", "They met on Thursday in 2017.", "bn-en")


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_has_a_title(name):
    title = CHECKS[name].title
    assert title[0].isupper()
    assert len(title) < 100
    assert not title.endswith(".")


def test_titles_differ():
    titles = [check.title for check in CHECKS.values()]
    assert len(set(titles)) >= len(titles) - 1  # the one-sided bracket check may share words, not more


def test_severities_can_be_changed_and_checks_left_out():
    config = configure({"severities": {"weekdays": "info"}, "off": ["numbers"]})
    assert [(f.check, f.severity) for f in check_segment(PAIR, config=config)] == [("weekdays", "info")]


def test_defaults():
    assert {(f.check, f.severity) for f in check_segment(PAIR)} == {("numbers", "error"), ("weekdays", "error")}


BAD = [
    ({"severities": {"nubmers": "error"}}, "check 'nubmers'.*adequacy.*weekdays"),
    ({"off": ["nope"]}, "check 'nope'.*numbers"),
    ({"severities": {"numbers": "fatal"}}, "severity 'fatal'.*error, info, warning"),
    ({"length_shrot": 1.0}, "check setting 'length_shrot'.*length_short"),
]


@pytest.mark.parametrize(("values", "message"), BAD)
def test_unknown_names_are_errors_that_name_the_valid_ones(values, message):
    with pytest.raises(InputError, match=message):
        configure(values)


def test_a_config_made_by_hand_is_held_to_the_same():
    with pytest.raises(InputError, match="check 'nope'"):
        check_segment(PAIR, config=CheckConfig(off=frozenset({"nope"})))
    with pytest.raises(InputError, match="check 'nope'"):
        check_document("text", "en", config=CheckConfig(severities={"nope": "info"}))


def test_thresholds_are_configuration():
    pair = Pair("আঞ্চলিক পরিস্থিতি নিয়েও মতবিনিময় করেন তারা।", "They exchanged views on the situation.", "bn-en")
    assert [f.check for f in check_segment(pair, config=CheckConfig(length_short=0.1))] == ["omission"]


def test_one_check_says_no_more_than_it_may():
    many = " ".join(str(number) for number in range(100, 400))
    assert (
        len(check_segment(Pair(many, "words", "en-bn"), config=CheckConfig(off=frozenset({"omission"}), most=7))) == 7
    )
