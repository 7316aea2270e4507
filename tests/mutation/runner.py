"""Runs mutants in forks of one process that has collected the tests, and each only against tests that reach it.

A mutant inside a function needs no import: its child exchanges the function's code. One outside – a constant, a table –
needs a process in which the module is imported with it. The tests that noticed another mutant of the module come first,
then one of each file of tests in turn, so that different concerns have their say early.
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
from tests.mutation.killers import Killers, affordable, in_turn
from tests.mutation.mutants import Mutant, Place, marked, mutated

MARK = "_mutation_reached_"
SURVIVED, KILLED, ELSEWHERE, UNREACHED = 0, 1, 3, 4
#: What costs seconds each, or needs more than Python.
QUICK = "not ocr and not postgres and not s3 and not e2e and not browser and not simulation"
OPTIONS = (
    *("-q", "-s", "-x", "--disable-warnings", "--tb=no", "-m", QUICK),
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


def imported_with(task: Task, groups: Sequence[Sequence[str]], killers: Killers) -> int:
    """Run each group of tests until one fails, with the module imported as its mutant. Returns 0 if all pass."""
    code = mutated(task.path.read_text(), task.mutant.number, str(task.path))
    original = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> CodeType | None:
        return code if loader.path == str(task.path) else original(loader, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]
    for group in groups:
        if pytest.main([*OPTIONS, *group], plugins=[_Notes(task.path, killers)]) != pytest.ExitCode.OK:
            return KILLED
    return SURVIVED


class _Notes:
    """A pytest plugin that notes which test failed."""

    def __init__(self, path: Path, killers: Killers) -> None:
        self._path, self._killers = path, killers

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._killers.note(self._path, report.nodeid)


class Reached(msgspec.Struct):
    """What one test ran: lines by file, and its CPU seconds."""

    lines: set[tuple[str, int]]
    seconds: float


class Answer(msgspec.Struct):
    """Exit codes by index of the task, what each test reached, and which tests noticed a mutant of a module."""

    codes: dict[int, int] = {}
    reached: dict[str, Reached] = {}
    killers: dict[str, list[str]] = {}


class Plugin:
    """A pytest plugin that runs mutants in place of the tests; ``answer`` then says what came of it."""

    def __init__(self, tasks: Sequence[Task], at_once: int, budget: float, noticed: Callable[[Task], None]) -> None:
        self._tasks = tasks
        self._noticed = noticed
        self._at_once = at_once
        self._budget = budget
        self.killers = Killers()
        self._functions: dict[tuple[str, Place], list[FunctionType]] = {}
        inside = (number for number, task in enumerate(tasks) if task.mutant.place is not None)
        self.answer = Answer(dict.fromkeys(inside, UNREACHED))

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Find what each test reaches, then run every mutant."""
        paths = {str(task.path) for task in self._tasks}
        for found in gc.get_objects():
            if isinstance(found, FunctionType) and found.__code__.co_filename in paths:
                code = found.__code__
                place = Place(code.co_qualname, code.co_firstlineno)
                self._functions.setdefault((code.co_filename, place), []).append(found)
        items = {item.nodeid: item for item in session.items}
        reached = self.answer.reached = self._reached(list(items.values()))
        print(f"  {len(reached)} tests pass unchanged, in {sum(one.seconds for one in reached.values()):.0f} s")  # noqa: T201
        index = {task: number for number, task in enumerate(self._tasks)}
        for task, ended in together(self._jobs(items, reached), self._at_once):
            self.answer.codes[index[task]] = ended
            if ended not in (SURVIVED, ELSEWHERE):
                self._noticed(task)
            if ended == SURVIVED:
                print(f"  lives: {task.path.name}:{task.mutant.line} {task.mutant.what}", flush=True)  # noqa: T201
        self.answer.killers = {path: self.killers.of(Path(path)) for path in paths}
        return True

    def _jobs(
        self, items: dict[str, pytest.Item], reached: dict[str, Reached]
    ) -> Iterator[tuple[Task, float, Callable[[], int]]]:
        seconds = {name: one.seconds for name, one in reached.items()}
        by_line: dict[tuple[str, int], list[str]] = {}
        for name in in_turn(seconds):
            for line in reached[name].lines:
                by_line.setdefault(line, []).append(name)
        for task in [self._tasks[number] for number in self.answer.codes]:
            names = by_line.get((str(task.path), task.mutant.reached), [])
            names = affordable(self.killers.first(task.path, names), seconds, self._budget)
            if names:
                limit = 5 + 4 * sum(seconds[name] for name in names)
                yield task, limit, lambda task=task, names=names: self._run(task, [items[one] for one in names])  # type: ignore[misc]

    def _run(self, task: Task, items: list[pytest.Item]) -> int:
        code = mutated(task.path.read_text(), task.mutant.number, str(task.path))
        try:
            self._exchange(str(task.path), code, task.mutant.place)
        except (ValueError, LookupError):
            return ELSEWHERE  # other variables of its surroundings: the function is to be made anew
        for item in items:
            if not _passes(item):
                self.killers.note(task.path, item.nodeid)
                return KILLED
        return SURVIVED

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


def in_place(
    tasks: Sequence[Task],
    tests: Sequence[str],
    results: Results,
    at_once: int,
    budget: float,
    noticed: Callable[[Task], None] = lambda _task: None,
) -> Answer:
    """Run the mutants inside functions, in a fork that collects; the answer's other codes are of those left to import.

    ``budget``: the CPU seconds that tests of one mutant may take, 0 for all that reach it; one that lives through those
    of its budget counts as not noticed. ``noticed`` is told of each at once. The process that asks stays without any
    module of ours that could be mutated.
    """
    read, write = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        plugin: Any = Plugin(tasks, at_once, budget, noticed)
        try:
            pytest.main([*OPTIONS, *tests], plugins=[plugin])
            with os.fdopen(write, "wb") as pipe:
                pipe.write(msgspec.msgpack.encode(plugin.answer))
        finally:
            sys.stdout.flush()
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = msgspec.msgpack.decode(pipe.read(), type=Answer)
    os.waitpid(pid, 0)
    for index, code in answer.codes.items():
        results.add(tasks[index], code)
    return answer


def by_import(
    tasks: Sequence[Task],
    answer: Answer,
    results: Results,
    at_once: int,
    budget: float,
    noticed: Callable[[Task], None] = lambda _task: None,
) -> None:
    """Run each mutant in a fork that imports its module anew: first what noticed another mutant of the module."""
    killers = Killers()
    for path, names in answer.killers.items():
        for name in reversed(names):
            killers.note(Path(path), name)
    seconds = {name: one.seconds for name, one in answer.reached.items()}

    def jobs() -> Iterator[tuple[Task, float, Callable[[], int]]]:
        for task in tasks:
            path = str(task.path)
            near = {name: one.seconds for name, one in answer.reached.items() if any(path == at for at, _ in one.lines)}
            # A test that only reads a constant reaches no line of its module: such tests come after those that do.
            others = {name: spent for name, spent in seconds.items() if name not in near}
            names = affordable(killers.first(task.path, [*in_turn(near), *in_turn(others)]), seconds, budget)
            first = [name for name in killers.of(task.path) if name in seconds][:5]
            groups = [group for group in (first, [name for name in names if name not in first]) if group]
            limit = 60 + 4 * sum(seconds[name] for name in names)
            yield task, limit, lambda task=task, groups=groups: imported_with(task, groups, killers)  # type: ignore[misc]

    for task, code in together(jobs(), at_once):
        results.add(task, SURVIVED if code == SURVIVED else KILLED)
        if code == SURVIVED:
            print(f"  lives: {task.path.name}:{task.mutant.line} {task.mutant.what}", flush=True)  # noqa: T201
        else:
            noticed(task)
