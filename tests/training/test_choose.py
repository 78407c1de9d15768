"""`setu train choose`: which lines of the news are worth a translation."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.train import train
from pipeline.training import choose as choosing
from pipeline.training.choose import Choice, choose
from pipeline.training.corpus import load_sources, read_extra

SHORT = Choice(shortest=2, longest=6, least=2, smooth=0)


@pytest.fixture
def work(tmp_path):
    """News about rain and trade, of which the pairs know the rain."""
    rain, trade, tea = "বৃষ্টি হবে আজ", "বাণিজ্য বাড়বে দ্রুত", "চা রপ্তানি কমেছে"
    news = [f"{begin} {line}" for line in (rain, trade, tea) for begin in ("ঢাকায়", "দিল্লিতে")]
    (tmp_path / "mono.bn.tok").write_text("".join(f"{line}\n" for line in news), "utf-8")
    (tmp_path / "pairs.bn.tok").write_text(f"{rain}\n" * 20, "utf-8")
    (tmp_path / "data.json").write_text("{}", "utf-8")
    return tmp_path


def test_what_the_pairs_know_comes_last(work):
    assert all("বৃষ্টি" in line for line in list(choose(work, "bn", SHORT))[-2:])


def test_a_line_lowers_the_worth_of_the_next_like_it(work):
    first, second = islice(choose(work, "bn", SHORT), 2)
    assert ("বাণিজ্য" in first) != ("বাণিজ্য" in second)


def test_lengths_beginnings_and_rare_words_are_kept_to(work):
    lines = "এক দুই তিন চার পাঁচ ছয় সাত আট\nএক দুই তিন চার পাঁচ ছয় সাত নয়\nএক\nএক দুই অচেনা অজানা\n"
    (work / "mono.bn.tok").write_text(lines, "utf-8")
    assert list(choose(work, "bn", Choice(shortest=2, longest=9, least=2, rare=1))) == ["এক দুই তিন চার পাঁচ ছয় সাত আট"]


def test_the_command_writes_so_many_lines(trained):
    run = CliRunner().invoke(train, ["choose", str(trained[0]), "--lines", "2", "--language", "en"])
    assert run.exit_code == 0, run.output
    assert len(run.stdout.splitlines()) == 2


def test_the_command_wants_prepared_data(tmp_path):
    run = CliRunner().invoke(train, ["choose", str(tmp_path)])
    assert run.exit_code != 0
    assert "setu train data" in str(run.exception) + run.output


def test_the_written_pairs_are_pairs_of_a_known_source_and_not_held_out():
    """They are read as any extra file is; each side stands in its own script, and no two are the same."""
    path = Path(choosing.__file__).with_name("written.tsv")
    pairs = list(read_extra(path, load_sources()))
    assert len(pairs) > 2000
    assert len({pair.bn for pair in pairs}) == len({pair.en for pair in pairs}) == len(pairs)
    assert all(re.search("[\u0980-\u09ff]", pair.bn) and not re.search("[\u0980-\u09ff]", pair.en) for pair in pairs)
    assert {(pair.weight, pair.tag) for pair in pairs} == {(1.5, "written")}
