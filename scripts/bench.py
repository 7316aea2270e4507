"""Measure the exchange, and in the same run the floor: the same bytes put bare into a database of the same settings.

A server is started on loopback with an empty SQLite database. One phone sends check-ins in batches; then a second one
reads them all. The floor inserts the same bodies with one commit per batch, and selects them again. Absolute numbers
depend on the machine; the ratio says what the protocol costs.

``make bench ARGS=--ops=5000`` sends more; ``--batch=50`` sends smaller batches.
"""

import argparse
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from mobile_contract.sync import MINIMUM_LIMITS, Outcome, SyncAnswer, SyncRequest
from server.demo import stage
from server.kernel.clock import new_id

AT = "2026-11-18T08:07:31+08:00"
FIX = {"lat": 320394610, "lon": 1187726190, "datum": "GCJ02", "accuracyCm": 1200, "provider": "amap"}
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL")
ROW = "{:<28}{:>14}{:>14}{:>14}\n"


def op(scope: str, n: int) -> dict[str, Any]:
    """Make the op of one check-in."""
    values = {"captured": {"at": AT}, "position": FIX, "note": f"第 {n} 次"}
    place = {"scope": scope, "kind": "checkIn", "id": new_id()}
    return {"action": "create", "opId": new_id(), "n": n, "at": AT, **place, "values": values}


def batches(scope: str, ops: int, size: int) -> list[list[bytes]]:
    """Make the encoded ops, in batches."""
    encoded = [msgspec.json.encode(op(scope, n)) for n in range(1, ops + 1)]
    return [encoded[start : start + size] for start in range(0, ops, size)]


def push(built: stage.Stage, work: list[list[bytes]]) -> float:
    """Send the batches through one phone; gives the seconds it took. Every op must have been applied."""
    transport = built.phones["周敏"].transport
    seconds = 0.0
    for batch in work:
        body = msgspec.json.encode(SyncRequest(clock=AT, ops=tuple(msgspec.Raw(one) for one in batch)))
        began = time.perf_counter()
        answer = transport.exchange(body)
        seconds += time.perf_counter() - began
        outcomes = {receipt.outcome for receipt in msgspec.json.decode(answer, type=SyncAnswer).receipts}
        if outcomes != {Outcome.APPLIED}:
            raise RuntimeError(f"not all ops were applied: {answer[:500]!r}")
    return seconds


def pages(built: stage.Stage) -> Iterator[int]:
    """Read the whole feed through another phone, page by page; gives the number of entries of each."""
    transport, asked = built.phones["陈建国"].transport, SyncRequest(clock=AT)
    while True:
        answer = msgspec.json.decode(transport.exchange(msgspec.json.encode(asked)), type=SyncAnswer)
        yield len(answer.changes)
        if not answer.more:
            return
        asked = SyncRequest(clock=AT, cursor=answer.cursor)


def floor(work: list[list[bytes]], file: Path) -> tuple[float, float]:
    """Put the same bytes into a table, a commit per batch, and read them again; gives the seconds of both."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE bare (n INTEGER PRIMARY KEY, body BLOB NOT NULL)")
    began = time.perf_counter()
    for batch in work:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO bare (body) VALUES (?)", [(body,) for body in batch])
        connection.execute("COMMIT")
    written = time.perf_counter() - began
    began = time.perf_counter()
    connection.execute("SELECT body FROM bare ORDER BY n").fetchall()
    read = time.perf_counter() - began
    connection.close()
    return written, read


def main() -> int:
    """Run both and print the comparison."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--ops", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=MINIMUM_LIMITS.ops_per_exchange)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder:
        built = stage.build(Path(folder) / "stage", lambda _step: None)
        try:
            work = batches(built.section, chosen.ops, chosen.batch)
            pushed = push(built, work)
            began = time.perf_counter()
            entries = sum(pages(built))
            pulled = time.perf_counter() - began
        finally:
            built.close()
        written, read = floor(work, Path(folder) / "floor.db")
    rows = (
        (f"push, batches of {chosen.batch}", chosen.ops / pushed, chosen.ops / written),
        (f"pull, {entries} entries", entries / pulled, chosen.ops / read),
    )
    sys.stdout.write(ROW.format("", "exchange /s", "floor /s", "times slower"))
    for name, ours, bare in rows:
        sys.stdout.write(ROW.format(name, f"{ours:,.0f}", f"{bare:,.0f}", f"{bare / ours:,.1f}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
