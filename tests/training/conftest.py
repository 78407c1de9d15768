"""A toy world: corpora made of the grammar's own sentences, and a model trained on them."""

from __future__ import annotations

import hashlib
import lzma

import pytest

from pipeline.training import steps
from pipeline.training.corpus import Source, Sources
from pipeline.training.templates import expand
from pipeline.training.tune import TuneSettings

HELD_OUT = [
    ("dev", "ভারত ও চীন একটি সমঝোতা স্মারক স্বাক্ষর করেছে।", "India and China have signed a memorandum of understanding."),
    ("dev", "এসসিওর পরবর্তী সভাপতিত্ব করবে ভারত।", "India will hold the next chairmanship of the SCO."),
]
FILES = ("pairs.tsv.xz", "names.tsv.xz", "romanised.tsv.xz", "dev.tsv.xz", "mono-bn.txt.xz", "mono-en.txt.xz")


def write(path, lines):
    path.write_bytes(lzma.compress("\n".join(lines).encode("utf-8")))


@pytest.fixture(scope="session")
def corpora(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora")
    pairs = list(expand(each=3))
    rows = [f"{p.tag}\t{p.bn}\t{p.en}" for p in pairs]
    write(folder / "pairs.tsv.xz", rows[::2] + rows[1::2])
    names = [("ভারত", "India"), ("চীন", "China"), ("রাম", "Ram"), ("শ্যাম", "Shyam"), ("মারা", "Mara"), ("শারা", "Shara")]
    write(folder / "names.tsv.xz", [f"names-places\t{bn}\t{en}" for bn, en in names])
    write(folder / "romanised.tsv.xz", ["translit\tরাম\tram", "translit\tমার\tmar"])
    write(folder / "dev.tsv.xz", ["\t".join(row) for row in HELD_OUT])
    write(folder / "mono-bn.txt.xz", [p.bn for p in pairs])
    write(folder / "mono-en.txt.xz", [p.en for p in pairs])
    return folder


@pytest.fixture(scope="session")
def sources(corpora):
    files = {name: hashlib.sha256((corpora / name).read_bytes()).hexdigest() for name in FILES}
    tags = {"names": Source(1.0, "none", clean=True), "templates": Source(1.0, "none", clean=True)}
    tags["mined-lexical"] = tags["back-translated"] = Source(0.5, "unknown", clean=False)
    return Sources(files, tags, held_out=("dev.tsv.xz",), spelling=("romanised.tsv.xz",))


@pytest.fixture(scope="session")
def trained(corpora, sources, tmp_path_factory):
    """Work folder and model folder of a run through every step."""
    work, model = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("out") / "model"
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.training.align.importlib.util.find_spec", lambda _: None)  # the aligner in numpy
        steps.data(corpora, work, sources, said.append)
        steps.fit(corpora, work, sources, said.append, settings=TuneSettings(rounds=1, steps=20))
        steps.export(corpora, work, sources, said.append, destination=model, version="0.0.1")
    return work, model
