"""Which tests come first: those that noticed a mutant of the same module, then one of each file of tests in turn."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path


class Killers:
    """What forks say about the tests that failed for them; their parent reads it before it begins the next."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("a+b", buffering=0)  # noqa: SIM115 - lives as long as the run

    def note(self, path: Path, name: str) -> None:
        """Say that the test ``name`` noticed a mutant of the module ``path``."""
        self._file.write(f"{path}\t{name}\n".encode())

    def of(self, path: Path) -> list[str]:
        """Return the tests that noticed a mutant of this module, the latest first."""
        descriptor = self._file.fileno()
        text = os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode()
        pairs = [line.split("\t", 1) for line in text.splitlines()]
        return list(dict.fromkeys(name for where, name in reversed(pairs) if where == str(path)))

    def first(self, path: Path, names: Sequence[str]) -> list[str]:
        """Return the names, those that noticed a mutant of this module before the others."""
        there, known = set(names), self.of(path)
        return [*(name for name in known if name in there), *(name for name in names if name not in known)]


def in_turn(seconds: Mapping[str, float]) -> list[str]:
    """Return tests (node ids, with their seconds): the quickest of each file, then the second of each, and so on."""
    files: dict[str, list[str]] = {}
    for name in sorted(seconds, key=lambda name: seconds[name]):
        files.setdefault(name.partition("::")[0], []).append(name)
    places = {name: (place, seconds[name]) for names in files.values() for place, name in enumerate(names)}
    return sorted(places, key=lambda name: places[name])


def affordable(names: Sequence[str], seconds: Mapping[str, float], budget: float) -> list[str]:
    """Return the first of these tests whose CPU seconds ``budget`` pays, at least one; all of them if it is 0."""
    spent, paid = 0.0, list[str]()
    for name in names:
        spent += seconds[name]
        if budget and paid and spent > budget:
            break
        paid.append(name)
    return paid
