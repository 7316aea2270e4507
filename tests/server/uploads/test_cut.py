"""A link that is really cut: half a photo through a socket that closes, and the other half by whoever comes next."""

import asyncio
import contextlib
import hashlib
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import uvicorn
from litestar import Litestar
from litestar.di import Provide
from litestar.types import ASGIApp, Receive, Scope, Send

from media.disk_store import DiskStore
from server.kernel.bodies import provide_body
from server.kernel.database import Database
from server.kernel.problems import HANDLERS
from server.uploads import ROUTES
from tests.server.uploads.house import PATCH, SETTINGS, House, begin, offset_of, send
from tests.support.clock import HandClock
from tests.support.patience import within

pytestmark = pytest.mark.anyio

PHOTO = os.urandom(3_000_000)


class Taken:
    """How many bytes of bodies the application has been handed."""

    def __init__(self) -> None:
        self._bytes, self._more = 0, asyncio.Condition()

    def counted(self, app: ASGIApp) -> ASGIApp:
        async def counting(scope: Scope, receive: Receive, send: Send) -> None:
            async def received() -> Any:
                message = await receive()
                async with self._more:
                    self._bytes += len(message.get("body", b""))  # type: ignore[arg-type]
                    self._more.notify_all()
                return message

            await app(scope, received, send)

        return counting

    async def reach(self, count: int) -> None:
        async with self._more:
            await within(self._more.wait_for(lambda: self._bytes >= count), 30)


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
async def port(database: Database, clock: HandClock, tmp_path: Path, taken: Taken) -> AsyncIterator[int]:
    house = House(database, DiskStore(tmp_path / "files"), clock)
    await house.furnish()
    provided = {
        "sent": Provide(provide_body, sync_to_thread=False),
        "caller": Provide(lambda: house.speaker, sync_to_thread=False),
        "uploads": Provide(lambda: house.uploads, sync_to_thread=False),
        "settings": Provide(lambda: SETTINGS, sync_to_thread=False),
        "identity": Provide(lambda: house.identity, sync_to_thread=False),
    }
    app = Litestar(ROUTES, dependencies=provided, exception_handlers=HANDLERS, openapi_config=None)
    server = uvicorn.Server(uvicorn.Config(taken.counted(app), log_config=None, lifespan="off"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        running = asyncio.create_task(server.serve([listening]))
        yield listening.getsockname()[1]
        server.should_exit = True
        await running


@pytest.fixture
async def http(port: int) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as opened:
        yield opened


async def send_and_vanish(port: int, address: str, offset: int, data: bytes, count: int) -> None:
    """Announce all of ``data``, send ``count`` bytes of it, and drop the link."""
    _, link = await asyncio.open_connection("127.0.0.1", port)
    headers = PATCH | {"Host": "phone", "Upload-Offset": str(offset), "Content-Length": str(len(data))}
    lines = [f"PATCH {address} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    link.write("\r\n".join(lines).encode() + data[:count])
    await link.drain()
    link.close()
    with contextlib.suppress(ConnectionError):
        await link.wait_closed()


async def test_after_a_cut_the_photo_goes_on_from_the_last_byte_that_arrived(
    http: httpx.AsyncClient, port: int
) -> None:
    address = await begin(http, PHOTO)
    reached = 0
    for count in (700_001, 800_002):
        await send_and_vanish(port, address, reached, PHOTO[reached:], count)
        reached += count
        assert await offset_of(http, address) == reached
    assert (await send(http, address, reached, PHOTO[reached:])).status_code == 204
    assert (await http.get(f"/v1/blobs/{hashlib.sha256(PHOTO).hexdigest()}")).content == PHOTO


async def test_a_phone_that_reconnects_before_the_server_notices_is_not_kept_waiting(
    http: httpx.AsyncClient, port: int, taken: Taken
) -> None:
    address = await begin(http, PHOTO)
    _, dead = await asyncio.open_connection("127.0.0.1", port)
    dead.write(
        f"PATCH {address} HTTP/1.1\r\nHost: phone\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
        f"Content-Type: application/offset+octet-stream\r\nContent-Length: {len(PHOTO)}\r\n\r\n".encode()
        + PHOTO[:100_000]
    )
    await dead.drain()
    await taken.reach(100_000)
    with anyio.fail_after(5):
        assert await offset_of(http, address) == 100_000
        assert (await send(http, address, 100_000, PHOTO[100_000:])).status_code == 204
    assert (await http.get(f"/v1/blobs/{hashlib.sha256(PHOTO).hexdigest()}")).content == PHOTO
    dead.close()
