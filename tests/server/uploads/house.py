"""The rooms that uploads need, wired, with people in them; and how a phone speaks to them."""

import base64
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator

import httpx
import sqlalchemy as sa

from media.store import StagingStore
from mobile_contract.identity import Role
from mobile_contract.ids import project_scope, section_scope
from mobile_contract.media import FileState
from mobile_contract.problems import PROBLEMS
from server.identity import Caller, Identity, register_scope
from server.jobs import Jobs, Worker
from server.kernel.clock import new_id
from server.kernel.database import Database
from server.kernel.journal import Journal
from server.kernel.settings import Settings
from server.kernel.tables import journal
from server.uploads import ROUTES, Uploads
from tests.media import images
from tests.support import people
from tests.support.clock import HandClock
from tests.support.http import client

TUS = {"Tus-Resumable": "1.0.0"}
PATCH = TUS | {"Content-Type": "application/offset+octet-stream"}
PHOTO = images.encode(images.picture(), "image/jpeg", exif=images.exif(orientation=1))
LARGE = os.urandom(1 << 20) * 19 + b"and a tail"
PROJECT, SECTION, OTHER = project_scope(new_id()), section_scope(new_id()), section_scope(new_id())
SETTINGS = Settings(upload_bytes=1 << 28, upload_expiry_hours=24, unfinished_uploads=50)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def creation(data: bytes, **metadata: str) -> dict[str, str]:
    pairs = {"sha256": sha256(data), "filename": "IMG_0620.jpg", "filetype": "image/jpeg"} | metadata
    written = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())
    return TUS | {"Upload-Length": str(len(data)), "Upload-Metadata": written}


def problem(answer: httpx.Response, code: str) -> httpx.Response:
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["code"], answer.status_code) == (code, PROBLEMS[code].status)
    return answer


async def pieces(data: bytes, size: int = 200_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


class House:
    """The rooms this needs, wired, with 周敏 and 陈建国 in one section and a stranger in another."""

    def __init__(self, database: Database, files: StagingStore, clock: HandClock) -> None:
        self.db, self.files, self.clock = database, files, clock
        self.jobs = Jobs(database, SETTINGS, clock)
        self.journal = Journal({}, self.jobs.add)
        self.identity = Identity(database, self.journal, SETTINGS, clock, people.cheap_passwords())
        self.uploads = Uploads(database, self.journal, self.jobs, files, SETTINGS, clock)
        self.speaker: Caller

    async def furnish(self) -> None:
        def places(tx: sa.Connection) -> None:
            register_scope(tx, PROJECT)
            register_scope(tx, SECTION, PROJECT)
            register_scope(tx, OTHER, PROJECT)

        await self.db.write(places)
        admin = await people.admin(self.identity)
        self.zhou = await people.person(self.identity, admin, "zhou", (Role.INSPECTOR, SECTION))
        self.chen = await people.person(self.identity, admin, "chen", (Role.CONTRACTOR, SECTION))
        self.stranger = await people.person(self.identity, admin, "stranger", (Role.CONTRACTOR, OTHER))
        self.speaker = self.zhou
        await self.uploads.start()

    async def work(self) -> int:
        """Have the jobs done that are due: a large file is verified by one."""
        return await Worker(self.jobs, self.uploads.handlers).drain()

    async def cite(self, scope: str, record: str, data: bytes, person: Caller) -> FileState:
        def work(tx: sa.Connection) -> FileState:
            self.uploads.cite(tx, scope, record, [sha256(data), "not a digest"], person.person)
            (receipt,) = self.uploads.receipts(tx, scope, record)
            return receipt.state

        return await self.db.write(work)

    async def receipt(self, scope: str, record: str) -> FileState:
        return (await self.db.read(lambda tx: self.uploads.receipts(tx, scope, record)))[0].state

    async def events(self, name: str = "blob.stored") -> list[str]:
        query = sa.select(journal.c.subject).where(journal.c.event == name)
        return await self.db.read(lambda tx: list(tx.scalars(query)))


def serve(house: House) -> contextlib.AbstractAsyncContextManager[httpx.AsyncClient]:
    from litestar.di import Provide

    speaker = Provide(lambda: house.speaker, sync_to_thread=False)
    return client(
        ROUTES, {"caller": speaker, "identity": house.identity, "uploads": house.uploads, "settings": SETTINGS}
    )


async def begin(http: httpx.AsyncClient, data: bytes, **metadata: str) -> str:
    answer = await http.post("/v1/uploads", headers=creation(data, **metadata))
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


async def send(http: httpx.AsyncClient, address: str, offset: int, data: bytes, **headers: str) -> httpx.Response:
    return await http.patch(address, headers=PATCH | {"Upload-Offset": str(offset)} | headers, content=data)


async def upload(http: httpx.AsyncClient, data: bytes, **metadata: str) -> None:
    assert (await send(http, await begin(http, data, **metadata), 0, data)).status_code == 204


async def fetch(http: httpx.AsyncClient, address: str, **headers: str) -> httpx.Response:
    """Get a file, from the bucket if that is where one is sent."""
    answer = await http.get(address, headers=headers)
    if answer.status_code != httpx.codes.FOUND:
        return answer
    async with httpx.AsyncClient() as elsewhere:  # which knows nothing of who asks
        return await elsewhere.get(answer.headers["location"], headers=headers)


async def offset_of(http: httpx.AsyncClient, address: str) -> int:
    answer = await http.head(address, headers=TUS)
    assert answer.status_code == 200
    return int(answer.headers["upload-offset"])
