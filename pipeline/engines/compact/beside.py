"""Parts of one work done side by side, each by a forked copy of this process.

The search is many small steps of numpy that hold Python's lock between them: two threads on two cores do 1.15 times the
work of one (25 words into English), two processes 1.5 times. A copy shares the model's memory with its original. Where
it dies or fails the original does its part, and so meets the same error. A fork is safe where no other thread holds a
lock that the copy needs: so only the main thread forks, on Linux, and a copy neither reads files nor runs CTranslate2.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from typing import Any, Self, TypeVar

__all__ = ["WORKERS", "side_by_side"]

Part = TypeVar("Part")
Done = TypeVar("Done")
MOST_WORKERS = 4
"""A copy needs 40 to 75 MB of its own (sentences of 25 and of 15 words)."""


def _cores() -> int:
    """Cores that this process may use; OMP_NUM_THREADS, which Ray and others set for what they start, can lower it."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, int(wanted)) if wanted.isdecimal() else cores


WORKERS = max(1, min(MOST_WORKERS, _cores()))
"""Parts that are worked on at once, this process's own among them."""


def side_by_side(work: Callable[[Part], Done], parts: Sequence[Part]) -> list[Done]:
    """What `work` makes of each of at most 256 parts; what it changes in a copy the original never sees.

    A process that multiprocessing started works alone: it is one of several already.
    """
    if min(len(parts), WORKERS) <= 1 or parent_process() is not None:
        return [work(part) for part in parts]
    if sys.platform == "linux" and threading.current_thread() is threading.main_thread():
        return _forked(work, parts)
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, parts))


def _forked(work: Callable[[Part], Done], parts: Sequence[Part]) -> list[Done]:
    """This process and its copies take part after part; what a dead copy took is done here."""
    tickets, write = os.pipe()  # a part's number is one byte: whoever is free reads the next
    os.write(write, bytes(range(len(parts))))
    os.close(write)
    with ExitStack() as stack:
        stack.callback(os.close, tickets)
        more = min(WORKERS, len(parts)) - 1
        copies = [stack.enter_context(_Copy(lambda: _taken(work, parts, tickets))) for _ in range(more)]
        done = _taken(work, parts, tickets)
        for copy in copies:
            done.update(copy.answer())
    return [done[k] if k in done else work(part) for k, part in enumerate(parts)]


def _taken(work: Callable[[Part], Done], parts: Sequence[Part], tickets: int) -> dict[int, Done]:
    """What this process made of the parts that it took, by their numbers."""
    done = {}
    while ticket := os.read(tickets, 1):
        done[ticket[0]] = work(parts[ticket[0]])
    return done


class _Copy:
    """A forked process and the pipe that brings what it made."""

    def __init__(self, make: Callable[[], Any]) -> None:
        context = get_context("fork")
        self._pipe, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_run, args=(make, theirs, os.getpid()), daemon=True)
        with warnings.catch_warnings():  # Python 3.12 and later warn of any fork beside threads; see above
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process.start()
        theirs.close()

    def answer(self) -> dict[int, Any]:
        """What it made; nothing where it died."""
        try:
            return dict(self._pipe.recv())
        except EOFError:
            return {}

    def __enter__(self) -> Self:
        """It is at work."""
        return self

    def __exit__(self, *_: object) -> None:
        """It is needed no more, done or not."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()


def _run(make: Callable[[], Any], pipe: Connection, original: int) -> None:
    """The life of a copy: Ctrl-C is its original's affair, and where that is gone it ends.

    An error makes it say nothing.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # what is there stays: a collection would write to, and so copy, every page of the original's objects
    threading.Thread(target=_end_with, args=(original,), daemon=True).start()
    with suppress(Exception):
        pipe.send(make())


def _end_with(original: int) -> None:
    while os.getppid() == original:
        time.sleep(1)
    os._exit(1)
