"""What the desk does for its page: JSON-ready answers, validated changes, the memory and the glossary behind them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import regex

from pipeline.errors import InputError
from pipeline.review import resolve
from pipeline.review.backing import Backing
from pipeline.review.desk import FLAGS, Desk, Query
from pipeline.review.exporting import EXPORTS, export_run
from pipeline.review.present import segment_json
from pipeline.review.store import STATUSES, StaleError, State

__all__ = ["Service"]

_MAX_TARGET: Final = 20_000
_MAX_NOTE: Final = 2_000
_MAX_PAGE: Final = 500
# line ends and other control characters would break the document's layout; surrogates cannot be written
_FORBIDDEN: Final = regex.compile(r"[\p{Cc}\p{Cs}\u2028\u2029]")


class Service:
    """The operations of the desk; one change at a time."""

    def __init__(self, desk: Desk, backing: Backing) -> None:
        """Serve an open run with what stands behind it."""
        self.desk, self.backing = desk, backing
        self._lock = threading.RLock()

    # questions ----------------------------------------------------------------------------------------

    def summary(self) -> dict[str, Any]:
        """Everything the head of the page says."""
        desk, manifest = self.desk, self.desk.run.manifest
        checks = Counter(f["check"] for row in desk.rows for f in row["findings"])
        terms = Counter(term.get("proposed") or term["entry"] for row in desk.rows for term in row["terms"])
        return {
            "run_id": manifest.get("run_id", ""),
            "engine": manifest.get("engine", {}),
            "signature": manifest.get("signature", ""),
            "finished": manifest.get("finished"),
            "scores": desk.run.scores,
            "progress": desk.progress(),
            "documents": desk.documents(),
            "checks": dict(checks.most_common()),
            "terms": dict(sorted(terms.items())),
            "statuses": list(STATUSES),
            "flags": list(FLAGS),
            "exports": list(EXPORTS),
            "glossary": self.backing.glossary_files(),
            "notices": self.backing.notices(),
        }

    def segments(self, query: Query, *, page: int = 1, size: int = 50) -> dict[str, Any]:
        """One page of the segments that a query asks for."""
        self._known(query)
        if page < 1 or not 1 <= size <= _MAX_PAGE:
            raise _bad("page", f"page {page} of size {size}", f"pages from 1, of 1 to {_MAX_PAGE} segments")
        numbers = self.desk.find(query)
        shown = numbers[(page - 1) * size : page * size]
        return {
            "total": len(numbers),
            "page": page,
            "pages": max(1, -(-len(numbers) // size)),
            "size": size,
            "segments": self.drawn(shown),
        }

    def numbers(self, query: Query) -> dict[str, Any]:
        """Places in the run of all segments asked for; by position, which want attention and where documents begin."""
        self._known(query)
        found = self.desk.find(query)
        wanting = set(self.desk.find(Query(flag="attention")))
        docs = [self.desk.rows[number]["doc"] for number in found]
        return {
            "numbers": found,
            "attention": [at for at, number in enumerate(found) if number in wanting],
            "starts": [(at, doc) for at, doc in enumerate(docs) if at == 0 or docs[at - 1] != doc],
        }

    def at(self, numbers: Sequence[int]) -> dict[str, Any]:
        """Segments by their places in the run."""
        wrong = next((number for number in numbers if not 0 <= number < len(self.desk.rows)), None)
        if wrong is not None or len(numbers) > _MAX_PAGE:
            raise _bad("at", f"place {wrong}", f"places below {len(self.desk.rows)}, at most {_MAX_PAGE} at once")
        return {"segments": self.drawn(numbers)}

    def segment(self, ident: str) -> dict[str, Any]:
        """One segment."""
        return segment_json(self.desk, self.desk.number(ident))

    def history(self, ident: str) -> list[dict[str, Any]]:
        """Every state that a segment was given, oldest first."""
        own = self.desk.run.rows[self.desk.number(ident)]["target"]
        return [
            {
                "version": version,
                "target": own if state.target is None else state.target,
                "status": state.status,
                "changed": state.changed,
            }
            for version, state in self.desk.store.history(ident)
        ]

    def matches(self, ident: str) -> dict[str, Any]:
        """Translation-memory matches of a segment."""
        return {"matches": self.backing.matches(self.desk, self.desk.number(ident))}

    def export(self, suffix: str, doc: str) -> tuple[str, str, bytes]:
        """An export of the merged state as (file name, media type, bytes)."""
        self._known(Query(doc=doc))
        with self._lock:
            return export_run(self.desk, suffix, doc)

    def drawn(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Segments as the page draws them."""
        return [segment_json(self.desk, number) for number in numbers]

    # changes ------------------------------------------------------------------------------------------

    def patch(self, ident: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Change one segment; the answer is the segment as it stands, with its findings anew.

        `others` are segments whose findings the change touched.

        Raises:
            InputError: an unknown segment, field or value.
            StaleError: another window changed it first.
        """
        self.desk.number(ident)
        fields = {name: value for name, value in body.items() if name != "version"}
        self._valid(ident, fields)
        version = _version(body)
        with self._lock:
            numbers = self.desk.save({ident: (version, fields)})
            touched = self.desk.compare(self.desk.rows[numbers[0]]["doc"]) if "target" in fields else []
            others = self.drawn([number for number in touched if number not in numbers])
            return {**self._done(numbers)[0], "others": others}

    def resolve(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Decide a contested acronym, for one occurrence or for the whole document.

        Args:
            body: `segment`, `term` (its index in the row), `entry`, `scope` (occurrence or document), `version`.
        """
        _only(body, ("segment", "term", "entry", "scope", "version"))
        number, version = self.desk.number(str(body.get("segment"))), _version(body)
        index, entry, scope = body.get("term"), str(body.get("entry")), body.get("scope", "occurrence")
        terms = self.desk.rows[number]["terms"]
        if not isinstance(index, int) or not 0 <= index < len(terms) or not terms[index].get("readings"):
            raise _bad("term", repr(index), "the index of a contested term of the segment")
        if entry not in {reading["entry"] for reading in terms[index]["readings"]}:
            raise _bad("entry", repr(entry), "one of the readings")
        if scope not in {"occurrence", "document"}:
            raise _bad("scope", repr(scope), "occurrence or document")
        with self._lock:
            if self.desk.state(self.desk.rows[number]["id"]).version != version:
                raise StaleError(self.desk.state(self.desk.rows[number]["id"]))
            places = resolve.occurrences(self.desk, number, index) if scope == "document" else [(number, index)]
            before = {n: self.desk.state(self.desk.rows[n]["id"]) for n, _ in places}
            changes = resolve.decisions(self.desk, places, entry, base=self.backing.base)
            saved = self.desk.save(changes)
            touched = set(self.desk.compare(self.desk.rows[number]["doc"])) - set(saved)
            segments, others = self._done(saved), self.drawn(sorted(touched))
        was = {segment["id"]: _was(before[segment["number"]]) for segment in segments}
        return {"segments": segments, "others": others, "was": was, **self._standing()}

    def approve(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Approve every draft of a document that nothing speaks against: no open contest, error or warning."""
        _only(body, ("doc",))
        doc = str(body.get("doc"))
        self._known(Query(doc=doc))
        with self._lock:
            wanting = set(self.desk.find(Query(doc=doc, flag="attention")))
            drafts = [n for n in self.desk.find(Query(doc=doc, status="draft")) if n not in wanting]
            rows = [self.desk.rows[number] for number in drafts]
            before = {number: self.desk.state(self.desk.rows[number]["id"]) for number in drafts}
            fields = {"status": "approved"}
            saved = self.desk.save({row["id"]: (row["version"], fields) for row in rows if row["target"].strip()})
            segments = self._done(saved)
        was = {segment["id"]: _was(before[segment["number"]]) for segment in segments}
        return {"segments": segments, "was": was, **self._standing()}

    def add_entry(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Add a glossary entry, lint the file, and apply the entry to the segments that hold it."""
        with self._lock:
            answer, numbers = self.backing.add_entry(self.desk, body)
            drawn = self.drawn(numbers)
            return {**answer, "segments": drawn, "progress": self.desk.progress(), "notices": self.backing.notices()}

    def _standing(self) -> dict[str, Any]:
        """Where the run and its articles stand."""
        return {"progress": self.desk.progress(), "documents": self.desk.documents()}

    def _done(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Tell the memory about changed segments, and draw them with the progress as it stands."""
        self.backing.teach(self.desk, numbers)
        extra: dict[str, Any] = {}
        if len(numbers) == 1:
            document = self.desk.document(self.desk.rows[numbers[0]]["doc"])
            extra = {"progress": self.desk.progress(), "document": document, "notices": self.backing.notices()}
        return [{**segment_json(self.desk, number), **extra} for number in numbers]

    # validation ---------------------------------------------------------------------------------------

    def _known(self, query: Query) -> None:
        for name, value, allowed in (
            ("doc", query.doc, self.desk.docs),
            ("status", query.status, STATUSES),
            ("flag", query.flag, FLAGS),
        ):
            if value and value not in allowed:
                raise _bad(name, repr(value), f"one of {', '.join(sorted(allowed))}")

    def _valid(self, ident: str, fields: Mapping[str, Any]) -> None:
        _only(fields, ("target", "status", "note", "readings"))
        if not fields:
            raise _bad("request", "nothing to change", "target, status, note or readings")
        for name, limit in (("target", _MAX_TARGET), ("note", _MAX_NOTE)):
            if name in fields:
                _text(name, fields[name], limit)
        if "status" in fields and fields["status"] not in STATUSES:
            raise _bad("status", repr(fields["status"]), f"one of {', '.join(STATUSES)}")
        target = fields.get("target", self.desk.rows[self.desk.number(ident)]["target"])
        if fields.get("status") == "approved" and not target.strip():
            raise _bad("status", "the approval of an empty translation", "a translation to approve")
        if "readings" in fields:
            self._valid_readings(ident, fields["readings"])

    def _valid_readings(self, ident: str, readings: object) -> None:
        terms = self.desk.rows[self.desk.number(ident)]["terms"]
        allowed = {
            str(index): {reading["entry"] for reading in term.get("readings") or ()} for index, term in enumerate(terms)
        }
        if not isinstance(readings, dict) or any(entry not in allowed.get(at, ()) for at, entry in readings.items()):
            raise _bad("readings", repr(readings), "indices of contested terms with one of their readings each")


def _was(state: State) -> dict[str, Any]:
    """What a PATCH must set to take a change back."""
    return {"target": state.target, "status": state.status, "readings": dict(state.readings)}


def _version(body: Mapping[str, Any]) -> int:
    version = body.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise _bad("version", repr(version), "the version that the segment had when it was read")
    return version


def _text(name: str, value: object, limit: int) -> None:
    if not isinstance(value, str) or len(value) > limit:
        found = f"{len(value)} characters" if isinstance(value, str) else repr(value)
        raise _bad(name, found, f"text of at most {limit} characters")
    wrong = _FORBIDDEN.search(value)
    if wrong and not (name == "note" and wrong[0] == "\n"):
        raise _bad(name, f"U+{ord(wrong[0]):04X}", "one line of text without control characters")


def _only(body: Mapping[str, Any], names: Sequence[str]) -> None:
    unknown = sorted(set(body) - set(names))
    if unknown:
        raise _bad("request", f"the field {unknown[0]!r}", f"one of {', '.join(names)}")


def _bad(where: str, found: str, expected: str) -> InputError:
    return InputError(where=where, found=found, expected=expected, do="Correct the request.")
