"""A language model behind an OpenAI-compatible chat endpoint as an engine: local (llama.cpp, vLLM) or hosted.

The glossary's terms stand in the prompt, the answer is JSON, and nothing that comes back is trusted: the ladder
verifies it like any other output. The key comes from a file, is sent to the endpoint alone and is never shown.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import time
import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pipeline.errors import EngineError
from pipeline.records import Candidate, Direction, EngineInfo, Request

__all__ = ["Endpoint", "LlmEngine", "load"]

_NAMES: Final[Mapping[Direction, tuple[str, str]]] = {"bn-en": ("Bengali", "English"), "en-bn": ("English", "Bengali")}
_PROMPT: Final = (
    "You translate {source} diplomatic news into {target} at professional news standard. Translate everything, add "
    "nothing, keep names, numbers, dates and quotation marks. Follow the list of terms to the letter, inflecting "
    'them as {target} grammar asks. Answer with one JSON object: {{"translation": "..."}}.'
)
_ANSWER_BYTES: Final = 4 * 2**20
_LATER: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_REFUSED: Final = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the model answers and how patiently it is asked; the fields of the configuration file."""

    url: str
    """Up to and without /chat/completions, such as http://127.0.0.1:8080/v1."""
    model: str
    key_file: str = ""
    """A file with nothing but the key; empty for an endpoint that asks for none."""
    timeout: float = 60.0
    """Seconds for one answer."""
    retries: int = 3
    """Further attempts after the first, for what may pass (busy, broken connection, answer that is no JSON)."""
    pause: float = 1.0
    """Seconds before the second attempt; doubled for each one after it."""
    parallel: int = 4
    """Requests under way at a time."""


class _Passing(Exception):  # noqa: N818 (no error yet: it is what is tried again)
    """A failure that another attempt may not have; the text says what it was."""


class LlmEngine:
    """A configured endpoint; see `load`."""

    def __init__(self, endpoint: Endpoint, key: str = "") -> None:
        """Keep the endpoint; nothing is asked of it yet."""
        self._endpoint = endpoint
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"

    def __repr__(self) -> str:
        return f"LlmEngine({self._endpoint.model} at {self._endpoint.url})"

    @property
    def info(self) -> EngineInfo:
        """The hash is of what decides the answers here: endpoint, model name and prompt; weights are not seen."""
        recipe = f"{self._endpoint.url}\0{self._endpoint.model}\0{_PROMPT}"
        return EngineInfo(
            "llm", self._endpoint.model, hashlib.sha256(recipe.encode()).hexdigest(), frozenset({"hints"})
        )

    def translate(self, requests: Sequence[Request]) -> list[tuple[Candidate, ...]]:
        """Ask for each request, several at a time; see the protocol.

        Raises:
            EngineError: the endpoint is out of reach, refuses the key, or does not answer as asked.
        """
        for request in requests:
            if request.direction not in _NAMES:
                raise EngineError(
                    where="engine llm", found=f"direction {request.direction!r}", expected="bn-en or en-bn",
                    do="Choose one of the two directions.",
                )  # fmt: skip
        with ThreadPoolExecutor(self._endpoint.parallel) as pool:
            return list(pool.map(self._one, requests))

    def _one(self, request: Request) -> tuple[Candidate, ...]:
        if not request.text.strip():
            return (Candidate(""),)
        body = json.dumps(
            {
                "model": self._endpoint.model,
                "messages": _messages(request),
                "temperature": 0,
                "seed": 0,
                "response_format": {"type": "json_object"},
            },
            ensure_ascii=False,
        ).encode()
        return (Candidate(" ".join(self._asked(body).split())),)

    def _asked(self, body: bytes) -> str:
        """The translation in the endpoint's answer, after as many attempts as are allowed."""
        said = ""
        for attempt in range(self._endpoint.retries + 1):
            if attempt:
                time.sleep(self._endpoint.pause * 2 ** (attempt - 1))
            try:
                return _translation(self._post(body))
            except _Passing as failure:
                said = str(failure)
        raise EngineError(
            where=f"engine llm, {self._endpoint.url}", found=f"{said} ({self._endpoint.retries + 1} attempts)",
            expected="a chat completion with a JSON translation",
            do="Check that the endpoint runs and that it serves this model.",
        )  # fmt: skip

    def _post(self, body: bytes) -> bytes:
        place = urlsplit(self._endpoint.url)
        kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        connection = kind(place.netloc, timeout=self._endpoint.timeout)
        try:
            connection.request("POST", f"{place.path.rstrip('/')}/chat/completions", body, self._headers)
            response = connection.getresponse()
            answer = response.read(_ANSWER_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise _Passing(f"no answer: {error or type(error).__name__}") from error
        finally:
            connection.close()
        self._check(response.status)
        return answer

    def _check(self, status: int) -> None:
        if status in _LATER:
            raise _Passing(f"status {status}")
        if status in _REFUSED:
            raise EngineError(
                where=f"engine llm, {self._endpoint.url}", found=f"status {status}, the key is missing or refused",
                expected="a key that the endpoint accepts", do="Put it alone into a file and name that as key_file.",
            )  # fmt: skip
        if status != http.client.OK:
            raise EngineError(
                where=f"engine llm, {self._endpoint.url}", found=f"status {status}",
                expected="an OpenAI-compatible chat endpoint that serves the model",
                do="Check the url (without /chat/completions) and the name of the model.",
            )  # fmt: skip


def _messages(request: Request) -> list[dict[str, str]]:
    """The prompt with the terms, then the text alone: it is material, whatever it says."""
    source, target = _NAMES[request.direction]
    terms = {request.text[hint.start : hint.end]: hint.target for hint in request.hints}
    asked = {"terms": terms, "text": request.text} | ({"begin_with": request.prefix} if request.prefix else {})
    return [
        {"role": "system", "content": _PROMPT.format(source=source, target=target)},
        {"role": "user", "content": json.dumps(asked, ensure_ascii=False)},
    ]


def _translation(answer: bytes) -> str:
    """The text in a chat completion whose content is the JSON object that was asked for.

    Raises:
        _Passing: it is not; models do that now and then.
    """
    try:
        content = json.loads(answer)["choices"][0]["message"]["content"]
        made = json.loads(content[content.index("{") : content.rindex("}") + 1])["translation"]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise _Passing("an answer that is no JSON translation") from error
    if not isinstance(made, str) or not made.strip():
        raise _Passing("an empty translation")
    return made


def load(*, model: str | None = None) -> LlmEngine:
    """Configure an endpoint.

    Args:
        model: `NAME@URL`, or a TOML file with the fields of `Endpoint`.

    Raises:
        EngineError: no model, an unusable configuration, a key file that cannot be read.
    """
    if not model:
        raise _unusable("no model", "NAME@URL, or a TOML file with url, model and key_file")
    endpoint = _from_file(Path(model)) if model.endswith(".toml") else _from_text(model)
    place = urlsplit(endpoint.url)
    if place.scheme not in {"http", "https"} or not place.hostname:
        raise _unusable(f"url {endpoint.url!r}", "an http or https address such as http://127.0.0.1:8080/v1")
    return LlmEngine(endpoint, _key(endpoint.key_file))


def _from_text(text: str) -> Endpoint:
    name, _, url = text.partition("@")
    if not url:
        raise _unusable(repr(text), "NAME@URL, or a TOML file with url, model and key_file")
    return Endpoint(url, name)


def _from_file(path: Path) -> Endpoint:
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unusable(f"{path}: {error}", "a readable TOML file") from error
    known = {item.name: type(item.default) for item in fields(Endpoint)} | {"url": str, "model": str}
    unknown = sorted(set(values) - set(known))
    wrong = sorted(n for n, v in values.items() if n in known and not isinstance(v, (known[n], int)))
    missing = sorted({"url", "model"} - set(values))
    if unknown or wrong or missing:
        told = [
            *(f"unknown {n}" for n in unknown),
            *(f"{n} of the wrong kind" for n in wrong),
            *(f"no {n}" for n in missing),
        ]
        raise _unusable(f"{path}: {', '.join(told)}", f"url and model, and any of: {', '.join(sorted(known))}")
    return Endpoint(**values)


def _key(file: str) -> str:
    if not file:
        return ""
    try:
        return Path(file).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise _unusable(f"key_file {file!r} that cannot be read", "a file with nothing but the key") from error


def _unusable(found: str, expected: str) -> EngineError:
    return EngineError(
        where="engine llm, option model", found=found, expected=expected,
        do="For example: --engine llm --model qwen3@http://127.0.0.1:8080/v1",
    )  # fmt: skip
