"""Who may talk to the desk: this machine, this page, this session; and what its answers may do in a browser.

The desk listens on loopback, but any web page in the editor's browser can send requests there (cross-site
request forgery) or reach it under a name of its own (DNS rebinding). So the Host must be ours, an Origin must
be ours, and whatever a browser sends to change something must carry the page's token.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import MutableMapping
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HEADER", "MAX_BODY", "Guard"]

MAX_BODY: Final = 1 << 20
"""Bytes; an edit is a sentence, a glossary entry a few lines."""
HEADER: Final = "x-setu-token"
_SAFE: Final = frozenset({"GET", "HEAD"})
_SECURITY: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """ASGI middleware: refuses strangers, bounds bodies, sets the security headers on every answer."""

    def __init__(self, app: ASGIApp, *, port: int, token: str) -> None:
        """Guard an application that listens on a port of 127.0.0.1."""
        self.app, self.token = app, token
        self.hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refusal, or hand on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY.items():
                    headers[name] = value
            await send(message)

        refusal = self.refusal(scope)
        if refusal:
            await _refuse(send_guarded, *refusal)
        else:
            await self.app(scope, receive, send_guarded)

    def refusal(self, scope: MutableMapping[str, Any]) -> tuple[int, str, str] | None:
        """Why a request is not admitted, as (HTTP status, what was found, what was expected), or None."""
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in self.hosts:
            return 403, f"the host {host!r}", "127.0.0.1 or localhost with the desk's port"
        if origin is not None and origin not in {f"http://{name}" for name in self.hosts}:
            return 403, f"a request from {origin!r}", "requests from the desk's own page"
        site = headers.get("sec-fetch-site")
        if site not in {None, "same-origin", "none"}:
            return 403, f"a {site} request", "requests from the desk's own page"
        return None if scope["method"] in _SAFE else self._refused_change(headers, from_browser=bool(origin or site))

    def _refused_change(self, headers: Headers, *, from_browser: bool) -> tuple[int, str, str] | None:
        """A change comes as bounded JSON; from a browser, with the token that only our page knows.

        A program on this machine (no Origin, no Sec-Fetch-Site) has no page's trust to abuse and may do without.
        """
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return 415, "another content type", "application/json"
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            return 411, "no Content-Length", "a body of known length"
        if int(length) > MAX_BODY:
            return 413, f"{length} bytes", f"at most {MAX_BODY} bytes"
        given = headers.get(HEADER)
        if (given is not None or from_browser) and not hmac.compare_digest((given or "").encode(), self.token.encode()):
            return 403, "no valid page token", f"the header {HEADER}"
        return None


async def _refuse(send: Send, status: int, found: str, expected: str) -> None:
    fault = {"where": "request", "found": found, "expected": expected, "do": "Reload the desk's page."}
    body = json.dumps({"error": fault}, ensure_ascii=False).encode()
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
