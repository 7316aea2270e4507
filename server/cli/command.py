"""What a command is: its name, its function, and the arguments that ``argparse`` takes for it."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from server.kernel.settings import Settings

#: Runs with the settings in force and the parsed arguments; returns the exit status.
Run = Callable[[Settings, argparse.Namespace], int]

#: The name or flag of an argument, and the options of ``add_argument``.
Argument = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Command:
    """One command of ``plumbline``. The first line of its function's docstring is its help."""

    name: str
    run: Run
    arguments: tuple[Argument, ...] = ()


def say(*lines: object) -> None:
    """Print the answer of a command, a line each."""
    print(*lines, sep="\n")  # noqa: T201 - a command's answer
