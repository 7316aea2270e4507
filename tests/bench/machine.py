"""On what, when and of what a measurement was made: figures mean nothing without."""

import functools
import os
import platform
import sqlite3
import subprocess
from datetime import UTC, datetime
from pathlib import Path


def described() -> str:
    """Return one line: date, commit, processor, memory, system, and what else the machine was doing when it began."""
    load = os.getloadavg()[0]
    parts = (
        datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        f"commit {_commit()}",
        f"{os.cpu_count()} × {_model()}",
        f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') >> 30} GiB",
        f"Linux {platform.release().split('-')[0]}",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        f"load {load:.1f} before",
    )
    return ", ".join(parts)


@functools.cache  # of the first part: the figures that a run writes down make the tree dirty
def _commit() -> str:
    here = Path(__file__).parent
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=here, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


def _model() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
