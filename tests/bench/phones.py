"""A load of reference phones: real storage, real HTTP, a day's work in seconds; and afterwards everything must fit.

Not how fast the server is – Python phones are slower than it – but whether it holds: phones write, edit their own
records and each other's, and sync whenever they like; it ends by itself, and then no queue may be left, nothing lost,
and phones of one section must hold the same.
"""

import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from server.fieldphone import Phone
from sync.ports import Unreachable
from sync.replica import Exchanged
from tests.bench.link import milliseconds
from tests.bench.plumbline import SENTENCE, Site, administrator, plumbline
from tests.bench.table import Table

PHONES = 12
SECTIONS = 4
SECONDS = 20
KIND = "report"


@dataclass
class Day:
    """What one phone did and met."""

    outcomes: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    made: int = 0
    syncs: int = 0
    errors: list[str] = field(default_factory=list)
    mismatched: int = 0
    left: int = 0
    holds: frozenset[tuple[str, int, str]] = frozenset()


def measure() -> Iterable[Table]:
    """Run the phones and give what they met."""
    with tempfile.TemporaryDirectory() as folder:
        administrator(Path(folder))
        with plumbline(Path(folder)) as served:
            site = Site(served.url, SECTIONS)
            scopes = [site.scopes[number % SECTIONS] for number in range(PHONES)]
            tokens = [site.phone(scope) for scope in scopes]
            quiet, before = threading.Barrier(PHONES), served.cpu_seconds()
            with ThreadPoolExecutor(PHONES) as threads:
                futures = [
                    threads.submit(_live, Path(folder) / f"phone{number}", served.url, token, scope, number, quiet)
                    for number, (token, scope) in enumerate(zip(tokens, scopes, strict=True))
                ]
                days = [future.result() for future in futures]
            yield _table(days, scopes, served.cpu_seconds() - before, served.peak_mib())


def _live(folder: Path, url: str, token: str, scope: str, number: int, quiet: threading.Barrier) -> Day:
    """Work, then wait until everybody has stopped, and read what the others left."""
    day, chance = Day(), random.Random(number)
    phone = Phone(folder, url, token)
    try:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for _ in range(chance.randint(1, 12)):
                _work(phone, scope, chance)
                day.made += 1
            _sync(phone, day)
            day.syncs += 1
        for _ in range(2):  # the second time everybody has sent all they had
            _sync(phone, day)
            quiet.wait(120)
        _sync(phone, day)
        day.left = len(phone.storage.pending(1000))
        day.holds = frozenset((copy.id, copy.rev, copy.digest) for copy in phone.storage.copies(scope=scope))
    except BaseException:
        quiet.abort()
        raise
    finally:
        phone.close()
    return day


def _work(phone: Phone, scope: str, chance: random.Random) -> None:
    """Do one thing: a new report, or another figure in one of one's own or of somebody else's."""
    known = [copy.id for copy in phone.storage.copies(scope=scope, kind=KIND)[-20:]]
    if known and chance.random() < 0.4:
        path = chance.choice(["fields.amount_figures", "fields.opinion"])
        value = chance.randrange(10**6) if path.endswith("figures") else f"{SENTENCE}{chance.randrange(10**6)}"
        phone.replica.patch(chance.choice(known), {path: value})
    else:
        fields = {"number": f"{chance.randrange(10**9)}", "opinion": SENTENCE * 8, "amount_figures": 1}
        values = {"form": "payment_application", "formVersion": 1, "fields": fields}
        phone.replica.create(KIND, scope, values)


def _sync(phone: Phone, day: Day) -> None:
    done: list[Exchanged] = []
    try:
        day.waits.append(milliseconds(lambda: done.extend(phone.replica.sync())))
    except Unreachable as error:
        day.errors.append(str(error)[:120])
    for exchanged in done:
        day.outcomes.update(receipt.outcome.value for receipt in exchanged.receipts)
    day.mismatched += len(done[-1].mismatched) if done else 0


def _table(days: list[Day], scopes: list[str], cpu: float, peak: int) -> Table:
    waits = sorted(wait for day in days for wait in day.waits)
    outcomes = sum((day.outcomes for day in days), Counter[str]())
    answered, made = sum(outcomes.values()), sum(day.made for day in days)
    agree = all(
        len({day.holds for day, where in zip(days, scopes, strict=True) if where == scope}) == 1
        for scope in set(scopes)
    )
    note = (
        f"{PHONES} reference phones (`sync/replica.py`, SQLite, HTTP compressed both ways) in {SECTIONS} sections for "
        f"{SECONDS} s, from one Python process beside the server: 60 % new reports, 40 % edits of any report."
    )
    table = Table(("load of reference phones", "figure"), note=note)
    table.add("ops made / answered / left in queues", f"{made:,} / {answered:,} / {sum(day.left for day in days)}")
    table.add("outcomes", ", ".join(f"{name} {count:,}" for name, count in sorted(outcomes.items())))
    table.add("syncs per second", f"{sum(day.syncs for day in days) / SECONDS:.1f}")
    table.add("sync p50 / p99", f"{statistics.median(waits):.0f} / {statistics.quantiles(waits, n=100)[98]:.0f} ms")
    table.add("server CPU per op", f"{cpu * 1000 / max(answered, 1):.2f} ms")
    table.add("exchanges that failed", str(sum(len(day.errors) for day in days)))
    for text, count in Counter(text for day in days for text in day.errors).most_common(3):
        table.add(f"  {text}", f"{count}")
    table.add("checksums that did not match", str(sum(day.mismatched for day in days)))
    table.add("phones of a section agree at the end", "yes" if agree else "NO")
    table.add("peak memory of the server", f"{peak} MiB")
    return table
