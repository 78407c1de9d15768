"""Work done side by side by forked copies: the answers are those of one process, whatever happens to a copy."""

import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from pipeline.engines.compact import beside
from pipeline.engines.compact.beside import side_by_side
from pipeline.errors import EngineError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="copies are made on Linux alone")


@pytest.fixture(autouse=True)
def three(monkeypatch):
    """Three workers, however many cores there are."""
    monkeypatch.setattr(beside, "WORKERS", 3)


def alone(part):
    """The part's square and who made it; slow enough that nobody takes all."""
    threading.Event().wait(0.02)
    return part * part, os.getpid()


def test_every_part_is_done_once_in_order_and_by_more_than_one_process():
    done = side_by_side(alone, range(1, 31))
    assert [square for square, _ in done] == [k * k for k in range(1, 31)]
    assert len({process for _, process in done}) == 3
    assert os.getpid() in {process for _, process in done}


def test_as_many_parts_as_a_byte_can_number():
    assert side_by_side(lambda part: -part, range(256)) == [-k for k in range(256)]


def test_little_work_and_a_single_core_make_no_copy(monkeypatch):
    assert side_by_side(alone, [3]) == [(9, os.getpid())]
    assert side_by_side(alone, []) == []
    monkeypatch.setattr(beside, "WORKERS", 1)
    assert {process for _, process in side_by_side(alone, range(8))} == {os.getpid()}


def test_what_a_copy_fails_at_is_done_here_and_so_is_the_error():
    here = os.getpid()

    def fails(part):
        threading.Event().wait(0.02)
        if os.getpid() != here or part == 7:
            raise EngineError(where="here" if os.getpid() == here else "elsewhere", found="a", expected="b", do="c")
        return part

    assert side_by_side(fails, range(7)) == list(range(7))
    with pytest.raises(EngineError, match="here"):
        side_by_side(fails, range(20))


def test_what_a_killed_copy_took_is_done_here():
    here = os.getpid()

    def dies_elsewhere(part):
        threading.Event().wait(0.02)
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return part

    assert side_by_side(dies_elsewhere, range(20)) == list(range(20))


def test_no_copy_and_no_pipe_is_left_behind():
    before = left()
    for _ in range(3):
        side_by_side(alone, range(6))
        with pytest.raises(ZeroDivisionError):
            side_by_side(lambda part: 1 // part, [1, 2, 0, 4])
    assert left() == before


def left():
    """How many files this process has open, and its children, zombies among them."""
    children = [path.read_text("utf-8").split() for path in Path("/proc/self/task").glob("*/children")]
    return len(list(Path("/proc/self/fd").iterdir())), sorted(itertools.chain.from_iterable(children))


def test_only_the_main_thread_makes_copies():
    """Another one may not know which locks its neighbours hold."""
    found = []
    thread = threading.Thread(target=lambda: found.extend(side_by_side(alone, range(8))))
    thread.start()
    thread.join()
    assert [square for square, _ in found] == [k * k for k in range(8)]
    assert {process for _, process in found} == {os.getpid()}


def test_one_of_several_processes_works_alone():
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        done = pool.submit(side_by_side, alone, range(8)).result()
    assert [square for square, _ in done] == [k * k for k in range(8)]
    assert len({process for _, process in done} - {os.getpid()}) == 1


@pytest.mark.parametrize(
    ("wanted", "workers"), [("1", 1), ("4000", len(os.sched_getaffinity(0))), ("", None), ("2,2", None)]
)
def test_the_usual_variable_lowers_the_number_of_workers(monkeypatch, wanted, workers):
    monkeypatch.setenv("OMP_NUM_THREADS", wanted)
    assert beside._cores() == (workers or len(os.sched_getaffinity(0)))


def test_elsewhere_threads_do_the_work(monkeypatch):
    monkeypatch.setattr(beside.sys, "platform", "darwin")
    assert {process for _, process in side_by_side(alone, range(8))} == {os.getpid()}


PROGRAM = """
import os, signal, sys, time
from pipeline.engines.compact import beside
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that starts tests behind it has it ignored
beside.WORKERS = 2
here = os.getpid()
def work(part):
    os.write(1, f"{os.getpid() != here} {os.getpid()}\\n".encode())
    time.sleep(60)
beside.side_by_side(work, range(2))
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_copies_end_with_their_original(how):
    """Ctrl-C is said once, by the original; where the original is killed, a copy ends by itself and says nothing."""
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )
    told = dict(program.stdout.readline().split() for _ in range(2))
    copy = int(told["True"])
    if how == signal.SIGINT:
        os.killpg(program.pid, how)
    else:
        program.kill()
    _, errors = program.communicate(timeout=20)
    assert errors.count("KeyboardInterrupt") == (how == signal.SIGINT)
    for _ in range(100):
        if not lives(copy):
            return
        threading.Event().wait(0.1)
    pytest.fail("the copy lives on")


def lives(process):
    """Whether it is there, and no zombie that waits for whoever adopted it."""
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").split()[2] != "Z"
    except OSError:
        return False
