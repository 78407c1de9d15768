"""A chat endpoint for tests: answers with the toy engine's translation, or fails as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pipeline.engines.fake import FakeEngine
from pipeline.records import Hint, Request


class Stub(ThreadingHTTPServer):
    """`plan` holds what the next answers are to be: a status, raw content, or None for a good answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.plan: list[int | str | None] = []
        self.seen: list[tuple[dict[str, str], dict]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    """POST /v1/chat/completions."""

    server: Stub

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((dict(self.headers), body))
        plan = self.server.plan.pop(0) if self.server.plan else None
        if self.path != "/v1/chat/completions":
            plan = 404
        if isinstance(plan, int):
            self.send_response(plan)
            self.end_headers()
            return
        content = plan if plan is not None else json.dumps({"translation": toy(body)}, ensure_ascii=False)
        data = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """No noise in test output."""


def toy(body: dict) -> str:
    """What the toy says to the user message; never empty, as a model would answer something."""
    asked = json.loads(body["messages"][1]["content"])
    direction = "bn-en" if "Bengali diplomatic" in body["messages"][0]["content"] else "en-bn"
    text = asked["text"]
    hints = tuple(Hint(text.index(s), text.index(s) + len(s), t) for s, t in asked["terms"].items())
    ((candidate, *_),) = FakeEngine().translate([Request(text, direction, hints=hints)])
    return candidate.text or "…"


@contextmanager
def serve() -> Iterator[Stub]:
    """The endpoint, running in a thread."""
    with Stub() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
