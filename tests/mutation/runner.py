"""Runs mutants in forks of one process that has collected the tests, and each only against tests that reach it.

A mutant inside a function needs no import: its child exchanges the function's code. One outside – a constant, a table –
needs a process in which the module is imported with it.
"""

import builtins
import gc
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import msgspec
import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.equivalents import why
from tests.mutation.mutants import Mutant, Place, marked, mutated

MARK = "_mutation_reached_"
SURVIVED, KILLED, ELSEWHERE, UNREACHED = 0, 1, 3, 4
#: What costs seconds each, or needs more than Python.
QUICK = "not ocr and not postgres and not s3 and not e2e and not browser and not simulation"
OPTIONS = (
    *("-q", "-s", "-x", "--disable-warnings", "-m", QUICK),
    *(part for name in ("faker", "schemathesis", "cacheprovider", "xdist") for part in ("-p", f"no:{name}")),
)


@dataclass(frozen=True)
class Task:
    """One mutant of one file."""

    path: Path
    mutant: Mutant


@dataclass
class Results:
    """What became of the mutants: noticed, or not, or reached by no test. A mutant is noticed as well when it hangs.

    ``accepted``: not noticed, and :mod:`tests.mutation.equivalents` says why nothing can notice it.
    """

    killed: list[Task] = field(default_factory=list)
    survived: list[Task] = field(default_factory=list)
    unreached: list[Task] = field(default_factory=list)
    accepted: list[Task] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Return how many were run."""
        return len(self.killed) + len(self.survived) + len(self.unreached) + len(self.accepted)

    @property
    def score(self) -> float:
        """Return the percentage noticed of those that make a difference."""
        return 100 * len(self.killed) / max(self.count - len(self.accepted), 1)

    def add(self, task: Task, code: int) -> None:
        """Note a mutant by the exit code of its child; one that is to be run elsewhere is not noted."""
        if code == UNREACHED:
            self.unreached.append(task)
        elif code == SURVIVED:
            (self.accepted if why(task.path, task.mutant) else self.survived).append(task)
        elif code != ELSEWHERE:
            self.killed.append(task)


@dataclass
class _Child:
    task: Task
    ends: float


def together(jobs: Iterable[tuple[Task, float, Callable[[], int]]], at_once: int) -> Iterator[tuple[Task, int]]:
    """Run each job in a fork, so many at once; yield its task and exit code, -1 where it took more than its seconds.

    The seconds are of the CPU; four times as many of the clock, for what waits for ever.
    """
    running: dict[int, _Child] = {}
    waiting = iter(jobs)
    more = True
    while more or running:
        while more and len(running) < at_once:
            job = next(waiting, None)
            if job is None:
                more = False
                break
            task, seconds, work = job
            running[_fork(work, seconds)] = _Child(task, time.monotonic() + 4 * seconds)
        for pid in list(running):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                yield running.pop(pid).task, os.waitstatus_to_exitcode(status)
            elif time.monotonic() > running[pid].ends:
                _kill(pid)
        time.sleep(0.002)


def _kill(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(pid, signal.SIGKILL)


def _fork(work: Callable[[], int], seconds: float) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = KILLED
    folder = tempfile.mkdtemp(prefix="mutant-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)  # noqa: S108
    try:
        os.setpgid(0, 0)
        quiet = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(quiet, descriptor)
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        limit = int(seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        code = work()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(code)


def imported_with(task: Task | None, tests: Sequence[str]) -> int:
    """Run the tests with the module imported as its mutant, or unchanged. Returns 0 if all pass."""
    code = None if task is None else mutated(task.path.read_text(), task.mutant.number, str(task.path))
    original = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> CodeType | None:
        return code if task is not None and loader.path == str(task.path) else original(loader, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]
    return SURVIVED if pytest.main([*OPTIONS, *tests]) == pytest.ExitCode.OK else KILLED


class Reached(msgspec.Struct):
    """What one test ran: lines by file, and its CPU seconds."""

    lines: set[tuple[str, int]]
    seconds: float


class Plugin:
    """A pytest plugin that runs mutants in place of the tests; ``codes`` then has each exit code by its index."""

    def __init__(self, tasks: Sequence[Task], at_once: int) -> None:
        self._tasks = tasks
        self._at_once = at_once
        self._functions: dict[tuple[str, Place], list[FunctionType]] = {}
        self.codes: dict[int, int] = dict.fromkeys(range(len(tasks)), UNREACHED)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Find what each test reaches, then run every mutant."""
        paths = {str(task.path) for task in self._tasks}
        for found in gc.get_objects():
            if isinstance(found, FunctionType) and found.__code__.co_filename in paths:
                code = found.__code__
                place = Place(code.co_qualname, code.co_firstlineno)
                self._functions.setdefault((code.co_filename, place), []).append(found)
        items = {item.nodeid: item for item in session.items}
        reached = self._reached(list(items.values()))
        print(f"  {len(reached)} tests pass unchanged, in {sum(one.seconds for one in reached.values()):.0f} s")  # noqa: T201
        index = {task: number for number, task in enumerate(self._tasks)}
        for task, ended in together(self._jobs(items, reached), self._at_once):
            self.codes[index[task]] = ended
        return True

    def _jobs(
        self, items: dict[str, pytest.Item], reached: dict[str, Reached]
    ) -> Iterator[tuple[Task, float, Callable[[], int]]]:
        by_line: dict[tuple[str, int], list[str]] = {}
        for name in sorted(reached, key=lambda name: reached[name].seconds):
            for line in reached[name].lines:
                by_line.setdefault(line, []).append(name)
        for task in self._tasks:
            names = by_line.get((str(task.path), task.mutant.reached), [])
            if names:
                seconds = 5 + 4 * sum(reached[name].seconds for name in names)
                yield task, seconds, lambda task=task, names=names: self._run(task, [items[one] for one in names])  # type: ignore[misc]

    def _run(self, task: Task, items: list[pytest.Item]) -> int:
        code = mutated(task.path.read_text(), task.mutant.number, str(task.path))
        try:
            self._exchange(str(task.path), code, task.mutant.place)
        except (ValueError, LookupError):
            return ELSEWHERE  # other variables of its surroundings: the function is to be made anew
        return SURVIVED if all(_passes(item) for item in items) else KILLED

    def _exchange(self, path: str, module: CodeType, only: Place | None = None) -> None:
        """Give the functions of a file the code that another compilation of it has for them."""
        codes = {Place(code.co_qualname, code.co_firstlineno): code for code in _codes(module)}
        if only is not None and (path, only) not in self._functions:
            raise LookupError(only)
        for (where, place), functions in self._functions.items():
            inside = only in (None, place) or place.name.startswith(f"{only.name}.<locals>.")
            if where == path and place in codes and inside:
                for function in functions:
                    function.__code__ = codes[place]

    def _reached(self, items: list[pytest.Item]) -> dict[str, Reached]:
        """Run all tests once in a fork with marked code; those that fail there are left out, and named."""
        read, write = os.pipe()

        def work() -> int:
            lines: set[tuple[str, int]] = set()
            for path in sorted({str(task.path) for task in self._tasks}):
                setattr(builtins, MARK, None)
                code = marked(Path(path).read_text(), path, MARK)
                self._exchange(path, code)
            setattr(builtins, MARK, lambda line: lines.add((sys._getframe(1).f_code.co_filename, line)))
            found: dict[str, Reached] = {}
            for item in items:
                lines.clear()
                began = time.process_time()
                passes = _passes(item)
                if passes:
                    found[item.nodeid] = Reached(set(lines), time.process_time() - began)
                else:
                    os.write(said, f"  left out, it fails by itself: {item.nodeid}\n".encode())
            with os.fdopen(write, "wb") as pipe:
                pipe.write(msgspec.msgpack.encode(found))
            return 0

        said = os.dup(1)
        pid = _fork(work, 3600)
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            told = pipe.read()
        os.waitpid(pid, 0)
        return msgspec.msgpack.decode(told, type=dict[str, Reached])


def _passes(item: pytest.Item) -> bool:
    reports = runtestprotocol(item, log=False, nextitem=None)
    return not any(report.failed for report in reports)


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def in_place(tasks: Sequence[Task], tests: Sequence[str], results: Results, at_once: int) -> list[Task]:
    """Run mutants inside functions, in a fork that collects. Returns those that need an import of their own.

    The process that asks stays without any module of ours that could be mutated.
    """
    read, write = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        plugin: Any = Plugin(tasks, at_once)
        try:
            pytest.main([*OPTIONS, *tests], plugins=[plugin])
            with os.fdopen(write, "wb") as pipe:
                pipe.write(msgspec.msgpack.encode(plugin.codes))
        finally:
            sys.stdout.flush()
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        codes = msgspec.msgpack.decode(pipe.read(), type=dict[int, int])
    os.waitpid(pid, 0)
    for index, code in codes.items():
        results.add(tasks[index], code)
    return [task for index, task in enumerate(tasks) if codes[index] == ELSEWHERE]


def by_import(tasks: Sequence[Task], tests: Sequence[str], results: Results, at_once: int) -> None:
    """Run each mutant in a fork that imports its module anew, against all tests."""
    if not tasks:
        return
    began = time.monotonic()
    for _, code in together([(tasks[0], 3600, lambda: imported_with(None, tests))], 1):
        if code != SURVIVED:
            raise SystemExit(f"the tests fail by themselves: {' '.join(tests)}")
    seconds = 10 + 3 * (time.monotonic() - began)
    jobs = ((task, seconds, lambda task=task: imported_with(task, tests)) for task in tasks)
    for task, code in together(jobs, at_once):
        results.add(task, SURVIVED if code == SURVIVED else KILLED)
