"""Opening a run and serving its desk on loopback until it is interrupted."""

from __future__ import annotations

import errno
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import portalocker
import uvicorn

from pipeline.errors import InputError, OutputError
from pipeline.review.backing import Backing
from pipeline.review.desk import Desk, Run, read_run
from pipeline.review.service import Service
from pipeline.review.store import Store
from pipeline.review.web import application

__all__ = ["DATABASE", "MEMORY", "glossary_of", "open_service", "serve"]

HOST: Final = "127.0.0.1"
DATABASE: Final = "review.sqlite"
MEMORY: Final = "memory.sqlite"
"""Beside the runs: `setu run` reads it before it translates."""


@contextmanager
def open_service(folder: Path, *, memory: Path | None = None) -> Iterator[Service]:
    """Open a run for review; one desk a run.

    Args:
        folder: the run's.
        memory: translation memory to feed; beside the run's folder when None.

    Raises:
        InputError: no finished run, or its edits are damaged.
        OutputError: another desk has it open, or it cannot be written.
    """
    run = read_run(folder)
    with _held(folder / ".review.lock"):
        store = Store.open(folder / DATABASE, run=run.sha256)
        backing = Backing(glossary_of(run), memory or folder.resolve().parent / MEMORY)
        try:
            desk = Desk(run, store, backing)
            backing.restore(desk)
            yield Service(desk, backing)
        finally:
            backing.close()
            store.close()


def glossary_of(run: Run) -> list[Path]:
    """The glossary files of a run: as its manifest names them, or from the folder that `setu run` stood in."""
    names = (run.manifest.get("glossary") or {}).get("files") or ()
    project = run.folder.resolve().parents[1]
    return [path if path.is_file() else project / path for path in map(Path, names)]


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold a run for one desk; the system lets go when the process dies, even by kill -9."""
    lock = portalocker.Lock(path, mode="a", timeout=0)
    try:
        lock.acquire()
    except portalocker.LockException as error:
        raise OutputError(
            where=str(path.parent),
            found="a run that another review desk has open",
            expected="one desk a run",
            do="Use the desk that is open, or stop it first.",
        ) from error
    except OSError as error:
        raise OutputError(
            where=str(path.parent),
            found=f"a folder that cannot be written ({error.strerror})",
            expected="a folder that can keep edits",
            do="Mend its permissions, or copy the run elsewhere.",
        ) from error
    try:
        yield
    finally:
        lock.release()


def listen(port: int) -> socket.socket:
    """A socket on loopback.

    Raises:
        InputError: the port is taken or not allowed.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((HOST, port))
    except OSError as error:
        sock.close()
        found = "a port that another program uses" if error.errno == errno.EADDRINUSE else error.strerror
        raise InputError(
            where=f"--port {port}",
            found=str(found),
            expected="a free port",
            do=f"Choose another, such as --port {port + 1}, or 0 for any.",
        ) from error
    return sock


def serve(
    folder: Path,
    port: int,
    *,
    memory: Path | None = None,
    browser: bool = True,
    ready: Callable[[str], None] = lambda _url: None,
) -> None:
    """Serve the desk of a run until it is interrupted.

    Args:
        folder: the run's.
        port: on 127.0.0.1; 0 takes any free one.
        memory: translation memory to feed; beside the run's folder when None.
        browser: open the page in the user's browser.
        ready: told the address once requests are answered.

    Raises:
        InputError, OutputError: see `open_service` and `listen`.
    """
    sock = listen(port)
    try:
        number = sock.getsockname()[1]
        url = f"http://{HOST}:{number}/"
        with open_service(folder, memory=memory) as service:
            app = application(service, port=number)
            server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", server_header=False))
            threading.Thread(
                target=_announce, args=(server, url, ready), kwargs={"browser": browser}, daemon=True
            ).start()
            server.run(sockets=[sock])
    finally:
        sock.close()


def _announce(server: uvicorn.Server, url: str, ready: Callable[[str], None], *, browser: bool) -> None:
    """Wait for the first moment that requests are answered, then say so."""
    pause = threading.Event()
    while not server.started and not server.should_exit:
        pause.wait(0.05)
    ready(url)
    if browser:
        webbrowser.open(url)
