"""Weeks of uploads, citations, edits, upkeep and restores at random: nothing cited is lost, and nothing is left."""

import random
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from media.memory_store import MemoryStore
from mobile_contract.media import FileReceipt, FileState
from mobile_contract.problems import Refused
from server.app import metadata
from server.identity import Caller
from server.jobs import Worker
from server.kernel.clock import new_id
from server.kernel.database import Database
from server.kernel.tables import meta
from server.uploads.tables import blob_owners, blobs
from tests.server.uploads.house import SECTION, SETTINGS, House, pieces, sha256
from tests.support.clock import HandClock

pytestmark = pytest.mark.anyio

STEPS = 150
#: Short, so that much is swept between two restores; longer than what is kept.
GRACE_DAYS = 31
#: Days a phone keeps a copy after its receipt, and the oldest backup that is ever restored.
KEPT_DAYS = 30


@dataclass
class Phone:
    """One person's phone: what it cites, its copies, and since when their receipts say that they are safe."""

    person: Caller
    cites: dict[str, str | None] = field(default_factory=dict)
    copies: dict[str, bytes] = field(default_factory=dict)
    safe_since: dict[str, int] = field(default_factory=dict)


class Files(MemoryStore):
    """Counts what is deleted: a run in which nothing is proves nothing."""

    deleted = 0

    async def delete(self, sha256: str) -> None:
        self.deleted += 1
        await super().delete(sha256)


class Weeks:
    """A house on SQLite, two phones, backups, and the days that go by."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.folder = folder
        self.files = Files()
        self.clock = HandClock()
        self.day = 0
        self.backups: list[tuple[int, Path]] = []
        self.bytes: dict[str, bytes] = {}

    async def open(self) -> None:
        database = Database(f"sqlite+aiosqlite:///{self.folder / 'live.db'}")
        await database.write(metadata.create_all)
        self.house = House(database, self.files, self.clock)
        await self.house.furnish()
        await self._new_epoch()
        self.phones = [Phone(self.house.zhou), Phone(self.house.chen)]

    async def _new_epoch(self) -> None:
        def work(tx: sa.Connection) -> None:
            tx.execute(sa.delete(meta).where(meta.c.name == "epoch"))
            tx.execute(sa.insert(meta).values(name="epoch", value=new_id()))

        await self.house.db.write(work)
        await self.house.uploads.start()

    # -- what can happen ----------------------------------------------------------------------------------------------

    async def photograph(self) -> None:
        phone = self.random.choice(self.phones)
        data = self.random.randbytes(20)
        phone.copies[sha256(data)] = self.bytes[sha256(data)] = data
        record = new_id()
        phone.cites[record] = sha256(data)
        if self.random.random() < 0.5:  # late media: the record goes first, the bytes another day
            await self._cite(phone, record)

    async def edit(self) -> None:
        """Have a record cite another file that its phone still has, or that another of its records shows, or none."""
        phone = self.random.choice(self.phones)
        if not phone.cites:
            return
        record = self.random.choice(sorted(phone.cites))
        shown = [sha for sha in phone.cites.values() if sha is not None]
        phone.cites[record] = self.random.choice([*sorted(phone.copies), *shown, None, None])
        await self._cite(phone, record)

    async def sync(self) -> None:
        phone = self.random.choice(self.phones)
        await self._sync(phone)

    async def abandon(self) -> None:
        """Leave bytes in the store as a crash between put and row does."""
        data = self.random.randbytes(20)
        await self.files.put(sha256(data), 20, data)

    async def wait(self) -> None:
        days = self.random.choice([1, 1, 2, 20])
        for _ in range(min(days, 3)):
            await self._upkeep(1)
        if days > 3:
            await self._upkeep(days - 3)

    async def back_up(self) -> None:
        path = self.folder / f"backup-{len(self.backups)}.db"
        with sqlite3.connect(self.folder / "live.db") as live, sqlite3.connect(path) as copy:
            live.backup(copy)
        self.backups.append((self.day, path))

    async def restore(self) -> None:
        recent = [path for day, path in self.backups if day >= self.day - KEPT_DAYS]
        if not recent:
            return
        old = self.house
        await old.db.close()
        for path in self.folder.glob("live.db*"):
            path.unlink()
        with sqlite3.connect(self.random.choice(recent)) as backup, sqlite3.connect(self.folder / "live.db") as live:
            backup.backup(live)
        self.house = House(Database(f"sqlite+aiosqlite:///{self.folder / 'live.db'}"), self.files, self.clock)
        await self._new_epoch()
        for phone in self.phones:
            phone.safe_since.clear()  # what an earlier epoch vouched for
        if self.random.random() < 0.5:
            for phone in self.phones:
                await self._sync(phone)  # before anybody has looked what the store holds

    # -- how -----------------------------------------------------------------------------------------------------------

    async def _cite(self, phone: Phone, record: str) -> None:
        cited, person = phone.cites[record], phone.person.person
        await self.house.db.write(
            lambda tx: self.house.uploads.cite(tx, SECTION, record, [cited] if cited else [], person)
        )

    async def _receipts(self, record: str) -> tuple[FileReceipt, ...]:
        return await self.house.db.read(lambda tx: self.house.uploads.receipts(tx, SECTION, record))

    async def _sync(self, phone: Phone) -> None:
        """Send every record again – replay is safe – then the files it is asked for; give up copies long safe."""
        for record, cited in phone.cites.items():
            await self._cite(phone, record)
            for receipt in await self._receipts(record):
                assert receipt.sha256 == cited
                if receipt.state is FileState.STORED:
                    phone.safe_since.setdefault(cited, self.day)
                else:
                    phone.safe_since.pop(cited, None)
                    await self._send(phone, cited)
        for sha, since in phone.safe_since.items():
            if self.day - since > KEPT_DAYS:
                phone.copies.pop(sha, None)

    async def _send(self, phone: Phone, sha: str) -> None:
        if sha not in phone.copies or sha in await self.house.uploads.blobs.have(phone.person, [sha]):
            return
        try:
            begun = await self.house.uploads.create(phone.person, 20, sha, "", "")
            if begun.offset < 20:
                await self.house.uploads.append(phone.person, begun.id, 0, pieces(phone.copies[sha]))
        except Refused as refusal:
            if refusal.code != "server.busy":
                raise

    async def _upkeep(self, days: int) -> None:
        self.clock.forward(days=days)
        self.day += days
        await Worker(self.house.jobs, self.house.uploads.handlers).drain()

    async def check(self) -> None:
        """Every receipt that says stored is true, byte for byte – once a restored database has looked."""
        for phone in self.phones:
            for record in phone.cites:
                for receipt in await self._receipts(record):
                    if receipt.state is FileState.STORED:
                        assert await self.house.uploads.blobs.whole(receipt.sha256) == self.bytes[receipt.sha256]


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_no_cited_file_is_lost_and_in_the_end_none_is_left(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = msgspec.structs.replace(SETTINGS, blob_grace_days=GRACE_DAYS)
    monkeypatch.setattr("tests.server.uploads.house.SETTINGS", short)
    weeks = Weeks(tmp_path, seed)
    await weeks.open()
    happenings = [weeks.photograph] * 6 + [weeks.edit] * 6 + [weeks.sync] * 8 + [weeks.wait] * 8
    happenings += [weeks.abandon, weeks.back_up, weeks.back_up, weeks.restore]
    for _ in range(STEPS):
        happening = weeks.random.choice(happenings)
        await happening()
        if happening == weeks.restore:
            await weeks._upkeep(1)
        await weeks.check()
    assert weeks.files.deleted > 0
    for _ in range(2):
        for phone in weeks.phones:
            await weeks._sync(phone)
    for phone in weeks.phones:
        for record, cited in phone.cites.items():
            states = {receipt.sha256: receipt.state for receipt in await weeks._receipts(record)}
            assert states == ({cited: FileState.STORED} if cited else {})
        phone.cites = dict.fromkeys(phone.cites)
        await weeks._sync(phone)
    for days in (7, 1, GRACE_DAYS + 1, 1, 2, 1):
        await weeks._upkeep(days)
    assert await weeks.files.listing("", 10) == []
    for table in (blobs, blob_owners):
        assert await weeks.house.db.read(lambda tx, table=table: tx.execute(sa.select(table)).all()) == []  # type: ignore[misc]
    await weeks.house.db.close()
