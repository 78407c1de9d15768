"""The desk's API as CONTRACT.md has it, and whom it refuses."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile

import pytest
from desk_samples import SEEDS

DOC = "02-kazakhstan-call"
FIRST = f"{DOC}:0000"


def patch(client, ident, **body):
    return client.patch(f"/api/segments/{ident}", json=body)


def segment(client, ident=FIRST):
    return client.get(f"/api/segments/{ident}").json()


def test_run_tells_documents_progress_and_checks(reader):
    run = reader.get("/api/run").json()
    assert run["run_id"] == "seeds-0123456789"
    assert [item["doc"] for item in run["documents"]] == [DOC, "04-belgium-defence", "hostile<b>"]
    assert run["progress"]["segments"] == 11
    assert run["progress"]["contested"] == 3
    assert run["checks"] == {"repetition": 1, "numbers": 1}
    assert run["exports"] == ["tmx", "xliff", "csv", "txt", "docx"]


@pytest.mark.parametrize(
    ("label", "query", "count"),
    [
        ("everything", {}, 11),
        ("a document", {"doc": "04-belgium-defence"}, 2),
        ("a check", {"check": "numbers"}, 1),
        ("a term", {"term": "sco"}, 6),
        ("contested", {"flag": "contested"}, 3),
        ("needs attention", {"flag": "attention"}, 5),
        ("nothing approved yet", {"status": "approved"}, 0),
        ("English, any case", {"q": "ZORAWAR"}, 1),
        ("Bengali, one code point", {"q": "টোকা\u09dfেভ"}, 1),
        ("Bengali, letter and nukta", {"q": "টোকা\u09af\u09bcেভ"}, 1),
        ("Bengali, stray joiner", {"q": "কাজাখ\u200dস্তান"}, 4),
        ("danda look-alike", {"q": "সমর্থন জানান।"}, 1),
        ("together", {"q": "sco", "check": "numbers", "status": "draft"}, 1),
        ("spaces around", {"q": "  zorawar  "}, 1),
    ],
)
def test_filters(reader, label, query, count):
    answer = reader.get("/api/segments", params=query).json()
    assert answer["total"] == len(answer["segments"]) == count, label
    assert len(reader.get("/api/numbers", params=query).json()["numbers"]) == count


def test_pages(reader):
    pages = [reader.get("/api/segments", params={"page": page, "size": 4}).json() for page in (1, 2, 3, 4)]
    assert [len(page["segments"]) for page in pages] == [4, 4, 3, 0]
    assert [page["pages"] for page in pages] == [3, 3, 3, 3]
    ids = [item["id"] for page in pages for item in page["segments"]]
    assert len(set(ids)) == 11


def test_an_edit_is_checked_anew_and_stays(client):
    ident = f"{DOC}:0006"
    before = segment(client, ident)
    assert "numbers" in [finding["check"] for finding in before["findings"]]
    after = patch(client, ident, target=before["target"].replace("2015", "2005"), version=0).json()
    assert "numbers" not in [finding["check"] for finding in after["findings"]]
    assert (after["version"], after["edited"], after["proposed"]) == (1, True, before["target"])
    assert ["del", "2015"] in after["diffs"]["edited"]
    worse = patch(client, ident, target="India's link with the SCO began in 1905.", version=1).json()
    assert "numbers" in [finding["check"] for finding in worse["findings"]]
    assert segment(client, ident)["target"] == "India's link with the SCO began in 1905."


def test_an_edit_is_checked_against_the_rest_of_the_document(client, run_folder):
    ident, other = f"{DOC}:0004", f"{DOC}:0005"
    same = segment(client, other)["target"]
    answer = patch(client, ident, target=same, version=0).json()
    assert "one-target" in {f["check"] for item in (answer, *answer["others"]) for f in item["findings"]}
    again = patch(client, ident, target="The Prime Minister thanked him, the MEA added.", version=1).json()
    assert "one-target" not in {f["check"] for item in (again, *again["others"]) for f in item["findings"]}


def test_what_was_produced_is_never_touched(client, run_folder):
    before = (run_folder / "aligned.jsonl").read_bytes()
    patch(client, FIRST, target="x", status="approved", version=0)
    assert (run_folder / "aligned.jsonl").read_bytes() == before


def test_a_locked_database_is_told_and_the_edit_can_be_sent_again(client, service, run_folder):
    service.desk.store._connection.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(run_folder / "review.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = patch(client, FIRST, target="x", version=0)
    assert answer.status_code == 503
    assert "locked" in answer.json()["error"]["found"]
    other.execute("ROLLBACK")
    other.close()
    assert patch(client, FIRST, target="x", version=0).status_code == 200


def test_putting_the_proposal_back_is_no_edit(client):
    own = segment(client)["target"]
    patch(client, FIRST, target="x", version=0)
    assert patch(client, FIRST, target=own, version=1).json()["edited"] is False


def test_a_stale_version_is_409_with_what_stands(client):
    patch(client, FIRST, target="first window", version=0)
    answer = patch(client, FIRST, target="second window", version=0)
    assert answer.status_code == 409
    assert answer.json()["current"]["target"] == "first window"
    assert patch(client, FIRST, target="second window", version=1).status_code == 200
    texts = [item["target"] for item in client.get(f"/api/segments/{FIRST}/history").json()]
    assert texts == ["first window", "second window"]


@pytest.mark.parametrize(
    ("label", "ident", "body", "says"),
    [
        ("unknown segment", "nope:0", {"status": "approved", "version": 0}, "nope:0"),
        ("path for an id", "../../secret", {"status": "approved", "version": 0}, "expected the id"),
        ("unknown field", FIRST, {"traget": "x", "version": 0}, "traget"),
        ("no version", FIRST, {"target": "x"}, "version"),
        ("version as text", FIRST, {"target": "x", "version": "0"}, "version"),
        ("version true", FIRST, {"target": "x", "version": True}, "version"),
        ("unknown status", FIRST, {"status": "done", "version": 0}, "done"),
        ("approval of nothing", FIRST, {"target": " ", "status": "approved", "version": 0}, "empty translation"),
        ("nothing to change", FIRST, {"version": 0}, "nothing to change"),
        ("a line end", FIRST, {"target": "a\nb", "version": 0}, "U+000A"),
        ("a NUL", FIRST, {"target": "a\x00b", "version": 0}, "U+0000"),
        ("half a surrogate pair", FIRST, {"target": "\ud83d", "version": 0}, "U+D83D"),
        ("no text", FIRST, {"target": 7, "version": 0}, "text of at most"),
        ("too long", FIRST, {"target": "x" * 20001, "version": 0}, "20001"),
        ("a reading that is none", FIRST, {"readings": {"0": "nato"}, "version": 0}, "readings"),
    ],
)
def test_bad_changes_are_refused_in_words(reader, label, ident, body, says):
    answer = reader.patch(
        f"/api/segments/{ident}", content=json.dumps(body), headers={"content-type": "application/json"}
    )
    assert answer.status_code in {400, 404}, label
    fault = answer.json()["error"]
    if answer.status_code == 400:
        assert says in "{where}: found {found}; expected {expected}".format(**fault)
    assert reader.get("/api/run").json()["progress"]["edited"] == 0


@pytest.mark.parametrize(
    "body", ["", "[]", "{", "nul", '{"version": 1e999}', "\ud800".encode("utf-8", "surrogatepass")]
)
def test_bodies_that_are_no_objects(reader, body):
    answer = reader.patch(f"/api/segments/{FIRST}", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 411}


@pytest.mark.parametrize("query", [{"page": "0"}, {"page": "-1"}, {"page": "১"}, {"page": "x"}, {"size": "501"},
                                   {"doc": "none"}, {"status": "done"}, {"flag": "x"}, {"colour": "red"}])  # fmt: skip
def test_bad_questions_are_refused(reader, query):
    assert reader.get("/api/segments", params=query).status_code == 400


def test_one_contest_is_decided_and_the_text_follows(client):
    answer = client.post(
        "/api/resolve", json={"segment": FIRST, "term": 0, "entry": "mea", "scope": "occurrence", "version": 0}
    ).json()
    (changed,) = answer["segments"]
    assert "upcoming MEA summit" in changed["target"]
    assert changed["terms"][0]["chosen"] == "mea"
    assert changed["notes"][0]["kind"] == "resolved"
    assert answer["progress"]["contested"] == 2
    assert answer["was"][FIRST] == {"target": None, "status": "draft", "readings": {}}


def test_a_contest_is_decided_for_the_whole_document(client):
    answer = client.post(
        "/api/resolve", json={"segment": FIRST, "term": 0, "entry": "mea", "scope": "document", "version": 0}
    ).json()
    assert [item["index"] for item in answer["segments"]] == [0, 2, 3]
    assert answer["progress"]["contested"] == 0
    third = answer["segments"][2]["target"]
    assert "Shanghai Cooperation Organisation (MEA) summit" in third
    assert "Ministry of External Affairs (MEA) said" in third
    back = client.post(
        "/api/resolve", json={"segment": FIRST, "term": 0, "entry": "sco", "scope": "occurrence", "version": 1}
    ).json()
    assert back["segments"][0]["edited"] is False


@pytest.mark.parametrize(
    "change", [{"term": 9}, {"term": "0"}, {"entry": "nato"}, {"scope": "world"}, {"version": 5}, {"more": 1}]
)
def test_bad_decisions_are_refused(reader, change):
    body = {"segment": FIRST, "term": 0, "entry": "mea", "scope": "occurrence", "version": 0, **change}
    assert reader.post("/api/resolve", json=body).status_code == (409 if "version" in change else 400)


def test_what_was_rejected_needs_attention(client):
    patch(client, f"{DOC}:0005", status="rejected", version=0)
    found = client.get("/api/segments", params={"flag": "attention", "doc": DOC}).json()
    assert [item["index"] for item in found["segments"]] == [0, 1, 2, 3, 5, 6]


def test_approving_all_leaves_what_needs_attention(client):
    answer = client.post("/api/approve", json={"doc": DOC}).json()
    assert [item["index"] for item in answer["segments"]] == [4, 5]
    assert answer["progress"]["approved"] == 2


# exports ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["tmx", "xliff", "csv", "docx"])
def test_exports_carry_the_edit_and_the_approval(client, kind):
    from pipeline.formats import read_units

    patch(client, FIRST, target="Edited by hand.", status="approved", version=0)
    answer = client.get(f"/api/export/{kind}", params={"doc": DOC})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    unit = next(unit for unit in read_units(answer.content, kind) if unit.source.startswith("মোদি কাজাখস্তানে"))
    assert unit.target == "Edited by hand."
    assert unit.status == "approved"


def test_text_export_of_several_documents_is_an_archive(reader, run_folder):
    answer = reader.get("/api/export/txt")
    if answer.status_code == 400:  # the hand-made rows cover only part of the seeds, and the layout needs them all
        assert "no row for the segment" in answer.json()["error"]["found"]
        return
    assert zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


@pytest.mark.parametrize("path", ["/api/export/exe", "/api/export/..%2f..%2fetc", "/api/export/txt?doc=../../x"])
def test_exports_that_do_not_exist(reader, path):
    assert reader.get(path).status_code in {400, 404}


# glossary -----------------------------------------------------------------------------------------------------


def test_a_term_is_added_to_the_file_and_applied_where_it_stands(client, run_folder):
    file = run_folder.parent / "glossary" / "desk.yaml"
    before = file.read_text(encoding="utf-8")
    body = {"id": "observer-country", "bn": "পর্যবেক্ষক দেশ", "en": "observer state"}
    answer = client.post("/api/glossary", json=body).json()
    assert answer["entry"] == "observer-country"
    assert file.read_text(encoding="utf-8").startswith(before)
    assert "observer state" in file.read_text(encoding="utf-8")
    assert [item["id"] for item in answer["segments"]] == [f"{DOC}:0006"]
    terms = segment(client, f"{DOC}:0006")["terms"]
    assert [term["surface"] for term in terms if term["entry"] == "observer-country"] == ["পর্যবেক্ষক দেশ"]
    now = segment(client, f"{DOC}:0006")
    assert "observer state" in now["target"]
    assert now["by"] == "observer-country"
    mine = patch(client, f"{DOC}:0006", target="By hand: an observer state in 2005.", version=1).json()
    assert mine["by"] == ""


def test_a_term_never_rewrites_what_a_person_wrote(client):
    ident = f"{DOC}:0006"
    patch(client, ident, target="India began as an observing country in 2005.", version=0)
    client.post("/api/glossary", json={"id": "observer-country", "bn": "পর্যবেক্ষক দেশ", "en": "observer state"})
    now = segment(client, ident)
    assert now["target"] == "India began as an observing country in 2005."
    assert "observer-country" in [f["evidence"].get("entry") for f in now["findings"] if f["check"] == "term-missing"]


def test_an_added_term_is_found_again_in_the_next_sitting(run_folder):
    from pipeline.review.serve import open_service

    with open_service(run_folder) as service:
        service.add_entry({"id": "observer-country", "bn": "পর্যবেক্ষক দেশ", "en": "observer country"})
    with open_service(run_folder) as service:
        assert "observer-country" in service.summary()["terms"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"id": "sco", "bn": "এসসিও", "en": "SCO"}, "already"),
        ({"id": "Bad Id", "bn": "ক", "en": "k"}, "id"),
        ({"id": "x", "bn": "ক"}, "en"),
        ({"id": "x", "bn": "ক", "en": "k", "colour": "red"}, "colour"),
    ],
)
def test_entries_that_cannot_be_added(client, run_folder, body, says):
    files = {path: path.read_bytes() for path in (run_folder.parent / "glossary").glob("*.yaml")}
    answer = client.post("/api/glossary", json=body)
    assert answer.status_code == 400
    assert says in json.dumps(answer.json(), ensure_ascii=False)
    assert {path: path.read_bytes() for path in files} == files


# memory -------------------------------------------------------------------------------------------------------


def test_approvals_and_edits_feed_the_memory_and_rejections_leave_it(client, run_folder):
    from pipeline.memory import Memory

    patch(client, FIRST, target="Approved text.", status="approved", version=0)
    patch(client, f"{DOC}:0004", target="Edited text, not approved.", version=0)
    with Memory.open(run_folder.parent / "memory.sqlite") as memory:
        assert {(unit.target, unit.origin) for unit in memory.units()} == {
            ("Approved text.", "approved"), ("Edited text, not approved.", "draft"),
        }  # fmt: skip
        patch(client, FIRST, status="rejected", version=1)
        assert [unit.target for unit in memory.units()] == ["Edited text, not approved."]


# strangers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "headers", "status"),
    [
        ("a rebound name", {"host": "evil.example:8017"}, 403),
        ("another port", {"host": "127.0.0.1:9999"}, 403),
        ("no host", {"host": ""}, 403),
        ("localhost is we", {"host": "localhost:8017"}, 200),
        ("a foreign page", {"origin": "http://evil.example"}, 403),
        ("a page without origin", {"origin": "null"}, 403),
        ("another port of this machine", {"origin": "http://127.0.0.1:9999"}, 403),
        ("a foreign page that hides its origin", {"sec-fetch-site": "cross-site"}, 403),
        ("another site of this machine", {"sec-fetch-site": "same-site"}, 403),
        ("our page", {"origin": "http://127.0.0.1:8017", "sec-fetch-site": "same-origin"}, 200),
        ("the address bar", {"sec-fetch-site": "none"}, 200),
    ],
)
def test_who_may_read(reader, label, headers, status):
    assert reader.get("/api/run", headers=headers).status_code == status, label


@pytest.mark.parametrize(
    ("label", "headers", "status"),
    [
        ("our page with its token", {"origin": "http://127.0.0.1:8017", "x-setu-token": True}, 200),
        ("our origin without the token", {"origin": "http://127.0.0.1:8017"}, 403),
        ("a wrong token", {"origin": "http://127.0.0.1:8017", "x-setu-token": "x"}, 403),
        ("the token from a foreign page", {"origin": "http://evil.example", "x-setu-token": True}, 403),
        ("a form post", {"content-type": "text/plain"}, 415),
        ("a form", {"content-type": "application/x-www-form-urlencoded"}, 415),
        ("a program on this machine", {}, 200),
    ],
)
def test_who_may_change(client, service, label, headers, status):
    if headers.get("x-setu-token") is True:
        headers = {**headers, "x-setu-token": service.desk.store.token()}
    headers = {"content-type": "application/json", **headers}
    answer = client.patch(f"/api/segments/{FIRST}", content='{"status": "approved", "version": 0}', headers=headers)
    assert answer.status_code == status, label
    assert service.desk.progress()["approved"] == (status == 200)


def test_a_body_without_end_is_refused(reader):
    headers = {"content-type": "application/json", "content-length": str(1 << 30)}
    assert reader.patch(f"/api/segments/{FIRST}", content=b"{}", headers=headers).status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/static/../store.py", "/static/%2e%2e/store.py", "/static/desk/../../store.py", "/static/desk/none.js",
        "/static//etc/passwd", "/static/", "/review.sqlite",
    ],
)  # fmt: skip
def test_no_path_leads_out(reader, path):
    assert reader.get(path).status_code == 404


def test_every_answer_forbids_what_the_page_does_not_need(reader):
    for path in ("/", "/api/run", "/static/base.css", "/nowhere"):
        headers = reader.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_the_page_needs_nothing_from_elsewhere(reader):
    page = reader.get("/").text
    assert "http://" not in page
    assert "https://" not in page
    assert "<script>" not in page


def test_seeds_are_where_the_samples_expect_them():
    assert SEEDS.is_dir()
