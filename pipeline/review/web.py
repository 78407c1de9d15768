"""The desk as a web application: requests to calls of the service, results to JSON."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from pipeline.errors import InputError, OutputError, SetuError
from pipeline.review.assets import FONTS, environment, font_css, read_bytes
from pipeline.review.desk import Query
from pipeline.review.guard import Guard
from pipeline.review.service import Service
from pipeline.review.store import StaleError

__all__ = ["application"]

# every file that the desk serves, by its path under /static/: a literal table leaves no path to escape through
_SCRIPTS: Final = ("api", "bits", "dialogs", "edit", "feed", "keys", "main", "row", "save", "state", "undo")
_STATIC: Final = {
    **{f"desk/{name}.js": "text/javascript; charset=utf-8" for name in _SCRIPTS},
    **dict.fromkeys(("base.css", "rows.css", "desk.css"), "text/css; charset=utf-8"),
    **dict.fromkeys(FONTS.values(), "font/woff2"),
    "fonts/OFL.txt": "text/plain; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_TEXT: Final = ("doc", "status", "check", "term", "flag", "q")


class Json(Response):
    """JSON with letters as they are."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """UTF-8; a lone surrogate cannot occur, the service refuses it."""
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def application(service: Service, *, port: int) -> Guard:
    """The guarded application for one open run on one port."""
    token = service.desk.store.token()
    routes = [
        Route("/", _page(service, token)),
        Route("/static/fonts.css", _fonts),
        Route("/static/{name:path}", _static),
        Route("/api/run", _answer(lambda _request: {**service.summary(), "token": token})),
        Route("/api/segments", _answer(lambda request: _segments(service, request))),
        Route("/api/numbers", _answer(lambda request: service.numbers(_query(request)))),
        Route("/api/segments/{ident:path}/matches", _answer(lambda r: service.matches(r.path_params["ident"]))),
        Route("/api/segments/{ident:path}/history", _answer(lambda r: service.history(r.path_params["ident"]))),
        Route("/api/segments/{ident:path}", _answer(lambda r: service.segment(r.path_params["ident"]))),
        Route("/api/segments/{ident:path}", _patch(service), methods=["PATCH"]),
        Route("/api/resolve", _change(lambda _r, body: service.resolve(body)), methods=["POST"]),
        Route("/api/approve", _change(lambda _r, body: service.approve(body)), methods=["POST"]),
        Route("/api/glossary", _change(lambda _r, body: service.add_entry(body)), methods=["POST"]),
        Route("/api/export/{suffix}", _export(service)),
    ]  # fmt: skip
    handlers = {SetuError: _fault, StaleError: _stale(service), HTTPException: _http}
    return Guard(Starlette(routes=routes, exception_handlers=handlers), port=port, token=token)


def _page(service: Service, token: str) -> Callable[[Request], Response]:
    def page(_request: Request) -> Response:
        template = environment().get_template("desk.html.j2")
        return HTMLResponse(template.render(token=token, run_id=service.desk.run.manifest.get("run_id", "run")))

    return page


def _fonts(_request: Request) -> Response:
    return Response(font_css(base="/static"), media_type="text/css")


def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC:
        raise HTTPException(404)
    return Response(read_bytes(name), media_type=_STATIC[name])


def _answer(work: Callable[[Request], Any]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return Json(await run_in_threadpool(work, request))

    return endpoint


def _change(work: Callable[[Request, dict[str, Any]], Any]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return Json(await run_in_threadpool(work, request, _object(await request.body())))

    return endpoint


def _patch(service: Service) -> Callable[[Request], Awaitable[Response]]:
    return _change(lambda request, body: service.patch(request.path_params["ident"], body))


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object of a request.

    Raises:
        InputError: the body is no JSON object.
    """
    try:
        value = json.loads(body)
    except ValueError as error:
        raise _bad(f"no JSON ({error})") from error
    if not isinstance(value, dict):
        raise _bad(f"a JSON {type(value).__name__}")
    return value


def _bad(found: str, expected: str = "a JSON object") -> InputError:
    return InputError(where="request", found=found, expected=expected, do="Reload the page.")


def _segments(service: Service, request: Request) -> dict[str, Any]:
    asked = request.query_params
    if "at" in asked:
        return service.at([_whole(number) for number in asked["at"].split(",")])
    page, size = _whole(asked.get("page") or "1"), _whole(asked.get("size") or "50")
    return service.segments(_query(request), page=page, size=size)


def _query(request: Request) -> Query:
    asked = request.query_params
    unknown = set(asked) - {*_TEXT, "page", "size", "at"}
    if unknown:
        raise _bad(f"the parameter {min(unknown)!r}", f"one of {', '.join((*_TEXT, 'page', 'size', 'at'))}")
    return Query(**{name: asked.get(name, "") for name in _TEXT})


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 8):  # noqa: PLR2004 (ten million pages are enough)
        raise _bad(f"the number {text!r}", "a whole number from 1")
    return int(text)


def _export(service: Service) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        suffix, doc = request.path_params["suffix"], request.query_params.get("doc", "")
        name, kind, data = await run_in_threadpool(service.export, suffix, doc)
        return Response(data, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})

    return endpoint


async def _fault(_request: Request, error: Exception) -> Response:
    """A SetuError in its four parts; what the store cannot do now may work later."""
    parts = {name: getattr(error, name) for name in ("where", "found", "expected", "do")}
    return Json({"error": parts}, status_code=503 if isinstance(error, OutputError) else 400)


def _stale(service: Service) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handler(request: Request, _error: Exception) -> Response:
        fault = {
            "where": "segment",
            "found": "a newer version: another window changed it first",
            "expected": "the version that your change was made from",
            "do": "Choose which text to keep; both are here.",
        }
        ident = request.path_params.get("ident")
        current = await run_in_threadpool(service.segment, ident) if ident else None
        return Json({"error": fault, "current": current}, status_code=409)

    return handler


async def _http(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    fault = {"where": "request", "found": f"HTTP {status}", "expected": "an address of the desk", "do": "Go to /."}
    return Json({"error": fault}, status_code=status)
