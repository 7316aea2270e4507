"""How long the server takes to answer after it was started, what it holds then, and what it must not have loaded."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from tests.bench.plumbline import administrator, plumbline
from tests.bench.table import Table

ROUNDS = 5
#: Libraries that read pages or pictures: they belong into processes of their own.
HEAVY = ("paddle", "paddleocr", "paddlex", "onnxruntime", "rapidocr", "torch", "cv2", "av", "pandas")
_LOADED = "import sys, server.cli, server.app; print(*sorted({m.split('.')[0] for m in sys.modules}))"


def measure() -> Iterable[Table]:
    """Start a server over a database that is there already, several times."""
    waits, resident, cpu = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        administrator(Path(folder))
        for _ in range(ROUNDS):
            began = time.perf_counter()
            with plumbline(Path(folder)) as served:
                waits.append(time.perf_counter() - began)
                cpu.append(served.cpu_seconds())
                time.sleep(1)
                resident.append(served.resident_mib())
    loaded = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True).stdout.split()
    table = Table(
        ("starting the server", "figure"), note=f"Median of {ROUNDS} starts, SQLite, files in the page cache."
    )
    table.add("until /health answers", f"{statistics.median(waits):.2f} s")
    table.add("CPU until then", f"{statistics.median(cpu):.2f} s")
    table.add("resident a second later", f"{statistics.median(resident):.0f} MiB")
    table.add("libraries loaded to read pages and pictures", ", ".join(sorted(set(loaded) & set(HEAVY))) or "none")
    yield table
