"""Which mutants were noticed, kept in ``var/``: after new tests, ``--again`` runs only those that were not."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from tests.mutation.parts import ROOT, Part
from tests.mutation.runner import Task

FOLDER = ROOT / "var" / "mutation"


def keep(part: Part, tasks: Iterable[Task]) -> None:
    """Add mutants that were noticed to those of earlier runs."""
    file = _file(part)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.encode(sorted({*_keys(file), *map(_key, tasks)})))


def read(part: Part, tasks: Sequence[Task]) -> list[Task]:
    """Return those of the mutants that an earlier run noticed, in a module that was as it is now."""
    keys = set(_keys(_file(part)))
    return [task for task in tasks if _key(task) in keys]


def _file(part: Part) -> Path:
    return FOLDER / f"{part.name}.json"


def _keys(file: Path) -> list[str]:
    return msgspec.json.decode(file.read_bytes(), type=list[str]) if file.exists() else []


def _key(task: Task) -> str:
    digest = hashlib.sha256(task.path.read_bytes()).hexdigest()[:16]
    return f"{task.path.relative_to(ROOT)} {digest} {task.mutant.number}"
