"""kill -9 of the real server, again and again, while phones push and upload: nothing is lost, nothing is doubled.

``KILLS`` says how often (3 here, 30 when soaking).
"""

import asyncio
import hashlib
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import sqlalchemy as sa

from mobile_contract.ids import record_id, section_scope
from mobile_contract.sync import Outcome, Receipt
from server import proof
from server.fieldphone import Phone
from server.kernel.database import Database
from server.kernel.settings import Settings
from server.kernel.tables import journal, streams
from server.replication import records
from server.replication.store import Records
from sync.invariants import every_op_is_accounted_for, phone_equals_server, records_are_sound
from sync.ports import Copy, Unreachable
from tests.faults.house import Known, bearer
from tests.support.journal import broken_chains
from tests.support.patience import Patience
from tests.support.server import Server, running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

KILLS: Final = int(os.environ.get("KILLS", "3"))
MIB: Final = 1 << 20


class Worker:
    """Somebody who works on one section and pushes all the time, whatever becomes of the server.

    ``patches`` counts edits of a log that nobody else touches: its revision must be one more, or one was lost or
    applied twice.
    """

    def __init__(self, folder: Path, url: str, token: str, scope: str, day: str, *, edits: bool) -> None:
        self.folder, self.url, self.token, self.scope = folder, url, token, scope
        self.log = record_id("report", scope, "daily_log", day)
        self.day, self.edits, self.patches, self.queued, self.settled = day, edits, 0, 0, 0
        self.mismatched: list[str] = []

    def work(self, stop: threading.Event) -> None:
        """Queue and push until told to stop; then until nothing is queued."""
        phone = Phone(self.folder, self.url, self.token)
        try:
            while not stop.is_set():
                self._queue(phone)
                self._push(phone)
            patience = Patience(60)
            while phone.storage.pending(1):
                assert patience.lasts(), "what is queued never arrives"
                self._push(phone)
        finally:
            phone.close()

    def read_all(self) -> tuple[list[Receipt], list[Copy]]:
        """Read what is new, and give all receipts and copies the phone holds."""
        phone = Phone(self.folder, self.url, self.token)
        try:
            self.mismatched = [scope for done in phone.replica.sync() for scope in done.mismatched]
            return list(phone.storage.receipts()), list(phone.storage.copies())
        finally:
            phone.close()

    def _queue(self, phone: Phone) -> None:
        # A capture that nothing speaks against: a flag would come by a job of its own, after the last look.
        place = {"lat": 320_415_000, "lon": 1_187_674_000, "datum": "WGS84", "accuracyCm": 500}
        at = {"captured": {"at": datetime.now(UTC).isoformat(timespec="seconds")}, "position": place}
        for _ in range(4):
            phone.replica.create("checkIn", self.scope, at)
        self.queued += 4
        if not self.edits:
            return
        if self.patches == 0:
            fields = {"business_date": self.day, "work_done": "0"}
            values = {"form": "daily_log", "formVersion": 1, "fields": fields}
            phone.replica.create("report", self.scope, values, record=self.log)
            self.queued += 1
        self.patches += 1
        phone.replica.patch(self.log, {"fields/work_done": str(self.patches)})
        self.queued += 1

    def _push(self, phone: Phone) -> None:
        try:
            for done in phone.replica.sync():
                self.settled += len(done.receipts)
        except Unreachable:
            time.sleep(0.02)


def wait_for(look: Callable[[], bool], work: list[Future[None]], seconds: float = 60) -> None:
    """Look until it is so; fails at once when a phone has failed."""
    patience = Patience(seconds)
    while not look():
        for one in work:
            if one.done():
                one.result()
        assert patience.lasts(), "nothing moves any more"
        time.sleep(0.01)


@pytest.fixture
def server(copied: tuple[Settings, Known]) -> Iterator[Server]:
    """The real server over a copy of the furnished database, on either engine."""
    of, _ = copied
    # What a killed process was at is done again when its lease is over: no need to wait a minute.
    with running(Server(Path(of.data_dir), of.database_url, job_lease_seconds="10")) as started:
        yield started


def test_kill_9_while_phones_push_loses_and_doubles_nothing(
    server: Server, copied: tuple[Settings, Known], tmp_path: Path
) -> None:
    of, known = copied
    mine, theirs = section_scope(known.section), section_scope(known.foreign)
    workers = [
        Worker(tmp_path / "chen", server.url, known.phone, mine, "2026-11-18", edits=True),
        Worker(tmp_path / "li", server.url, known.revoked, mine, "2026-11-19", edits=True),
        Worker(tmp_path / "zhou", server.url, known.stranger, theirs, "2026-11-18", edits=False),
    ]
    stop, chance = threading.Event(), random.Random(KILLS)
    with ThreadPoolExecutor(len(workers)) as pool:
        work = [pool.submit(worker.work, stop) for worker in workers]
        try:
            for _ in range(KILLS):
                before = [worker.settled for worker in workers]
                wait_for(lambda: all(now.settled > then for now, then in zip(workers, before, strict=True)), work)  # noqa: B023 - called at once
                time.sleep(chance.random() * 0.3)
                server.kill()
                server.start()
        finally:
            stop.set()
        for one in work:
            one.result(timeout=600)
    held = [worker.read_all() for worker in workers]
    server.stop()
    assert "unexpected error" not in server.log()
    asyncio.run(_audit(of, workers, held, dense=theirs))


async def _audit(of: Settings, workers: list[Worker], held: list[tuple[list[Receipt], list[Copy]]], dense: str) -> None:
    database = Database(of.url)
    everything, rows, heads, broken = await database.read(_all)
    await _audit_seal(database)
    await database.close()
    assert not broken
    assert not records_are_sound(everything.values())
    answered = Counter((row.replica, row.op_id) for row in rows)
    assert max(answered.values()) == 1, "an op was journaled twice"
    stored = {row.op_id: row.receipt for row in rows}
    for worker, (receipts, copies) in zip(workers, held, strict=True):
        assert not worker.mismatched, "checksums differ"
        assert not every_op_is_accounted_for(receipts, worker.queued, everything)
        # Merged: the edit before it arrived, but its answer did not.
        assert {receipt.outcome for receipt in receipts} <= {Outcome.APPLIED, Outcome.MERGED}
        for receipt in receipts:
            assert receipt.op_id in stored, f"{receipt} was acknowledged and is lost"
        if worker.edits:
            log = everything[worker.log]
            assert (log.rev, log.values["fields"]["work_done"]) == (1 + worker.patches, str(worker.patches))
        held_scopes = {worker.scope, *(copy.scope for copy in copies)}
        assert not phone_equals_server(copies, everything.values(), held_scopes)
        check_ins = [copy for copy in copies if copy.kind == "checkIn"]
        assert len(check_ins) >= worker.queued - worker.patches - 1
    for scope, head in heads.items():
        seqs = sorted(record.seq for record in everything.values() if record.scope == scope)
        assert len(seqs) == len(set(seqs))
        assert max(seqs, default=0) == head
        if scope == dense:  # nothing in it was ever edited, so every place that was given is still taken
            assert seqs == list(range(1, head + 1))


async def _audit_seal(database: Database) -> None:
    """Each row is a leaf once, or waits: the sealer that was killed last may hold its lease for a few seconds."""
    findings: list[str] = []
    seen = await database.read(lambda tx: proof.audit(tx, findings.append))
    assert not findings
    assert seen.leaves + (await database.read(proof.standing)).waiting == seen.rows
    assert seen.leaves, "nothing was ever sealed"


def _all(tx: sa.Connection) -> tuple[dict[str, Any], list[Any], dict[str, int], list[str]]:
    ids = tx.scalars(sa.select(records.c.id)).all()
    answers = list(tx.execute(sa.select(journal).where(journal.c.replica.is_not(None))).all())
    heads = {row.stream: row.seq for row in tx.execute(sa.select(streams)) if row.stream != "system"}
    return dict(Records(tx, ids)), answers, heads, broken_chains(tx)


class Gate:
    """Stops a file on its way out at some byte until somebody opens it; notes where each sending began."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.at = 0
        self.open = threading.Event()

    def __call__(self, _sha256: str, start: int, reached: int) -> None:
        if not self.begun or self.begun[-1] != start:
            self.begun.append(start)
        if self.at and reached >= self.at:
            assert self.open.wait(600)


def test_kill_9_inside_a_file_resumes_at_the_durable_byte(
    server: Server, copied: tuple[Settings, Known], tmp_path: Path
) -> None:
    _, known = copied
    data = random.Random(7).randbytes((12 + 8 * KILLS) * MIB + 12_345)
    path = tmp_path / "video.mp4"
    path.write_bytes(data)
    gate, durable = Gate(), [0]

    def send() -> bool:
        phone = Phone(tmp_path / "phone", server.url, known.phone, cut=gate)
        try:
            phone.keep(path, "video/mp4")
            return phone.files.send_all(phone.now) > 0
        except Unreachable:
            return False
        finally:
            phone.close()

    with ThreadPoolExecutor(1) as pool:
        for kill in range(KILLS):
            gate.at = min(len(data), durable[-1] + 12 * MIB)
            gate.open.clear()
            sending = pool.submit(send)
            durable.append(_durable(server, known, beyond=durable[-1]))
            server.kill()
            gate.open.set()
            assert not sending.result(600), f"kill {kill} came too late"
            server.start()
        gate.at = 0
        assert pool.submit(send).result(900)
    assert all(begun >= seen for begun, seen in zip(gate.begun, durable, strict=True)), (gate.begun, durable)
    sha256 = hashlib.sha256(data).hexdigest()
    patience = Patience(60)
    with httpx.Client(base_url=server.url, headers=bearer(known.phone), timeout=60) as http:
        while http.get("/v1/uploads").json():  # it is being verified
            assert patience.lasts(), "it is never verified"
            time.sleep(0.1)
        stored = http.get(f"/v1/blobs/{sha256}")
    assert stored.content == data


def _durable(server: Server, known: Known, beyond: int) -> int:
    """Wait until the server says that it holds more than it did, and give how much."""
    patience = Patience(60)
    with httpx.Client(base_url=server.url, headers=bearer(known.phone), timeout=60) as http:
        while patience.lasts():
            listed = http.get("/v1/uploads").json()
            if listed and listed[0].get("offset", 0) > beyond:
                return int(listed[0]["offset"])
            time.sleep(0.02)
    raise AssertionError(f"the upload never got beyond {beyond}")
