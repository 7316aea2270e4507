"""A process apart: it answers, it is stopped when it must be, and it knows nothing of the server's."""

import os
import resource
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from server.kernel.spawned import MESSAGE_BYTES, Child, Line, Stopped, _resident_bytes

pytestmark = pytest.mark.anyio

MEMORY = 1 << 30
SECONDS = 30


def echo(line: Line, prefix: str) -> None:
    while True:
        line.send(prefix.encode() + line.receive())


def tell_surroundings(line: Line) -> None:
    line.receive()
    line.send(
        msgspec.json.encode(
            {
                "environment": dict(os.environ),
                "files": [*map(str, Path("/proc/self/fd").iterdir())],
                "group": os.getpgid(0),
                "core": resource.getrlimit(resource.RLIMIT_CORE),
            }
        )
    )


def fall(line: Line) -> None:
    line.receive()
    os.abort()


def hang(line: Line) -> None:
    line.receive()
    time.sleep(600)


def grow(line: Line) -> None:
    line.receive()
    held = bytearray(b"x" * (256 << 20))
    time.sleep(600)
    del held


def promise_too_much(line: Line) -> None:
    line.receive()
    line._socket.sendall(b"\xff\xff\xff\xff")


@asynccontextmanager
async def running(function: Callable[..., None], *arguments: str, memory: int = MEMORY) -> AsyncIterator[Child]:
    child = await Child.start(function, *arguments, memory_bytes=memory)
    try:
        yield child
    finally:
        child.close()
        assert not child.alive


async def test_it_answers_any_number_of_times_also_at_length() -> None:
    async with running(echo, "> ") as child:
        for message in (b"", b"a", os.urandom(5 << 20)):
            await child.send(message)
            assert await child.receive(SECONDS) == b"> " + message
        assert child.alive


@pytest.mark.parametrize(
    ("function", "seconds", "memory", "reason"),
    [
        (fall, SECONDS, MEMORY, "crashed"),
        (hang, 1, MEMORY, "timeout"),
        (grow, SECONDS, 128 << 20, "memory"),
        (promise_too_much, SECONDS, MEMORY, "crashed"),
    ],
)
async def test_what_falls_hangs_or_grows_is_stopped(
    function: Callable[..., None], seconds: int, memory: int, reason: str
) -> None:
    async with running(function, memory=memory) as child:
        await child.send(b"begin")
        with pytest.raises(Stopped) as stopped:
            await child.receive(seconds)
        assert stopped.value.reason == reason


async def test_it_knows_no_secret_and_holds_no_file_of_the_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMBLINE_S3_SECRET_KEY", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)  # as careless a library might
    try:
        async with running(tell_surroundings) as child:
            await child.send(b"begin")
            said = msgspec.json.decode(await child.receive(SECONDS))
    finally:
        os.close(reader)
        os.close(writer)
    assert "secret" not in said["environment"].values()
    assert len(said["files"]) <= 5  # nothing in, nothing out, the log, the line, and the folder it just looked at


async def test_it_ends_with_the_server() -> None:
    child = await Child.start(echo, "", memory_bytes=MEMORY)
    await child.send(b"a")
    await child.receive(SECONDS)
    child._writer.close()
    await child._writer.wait_closed()
    assert child._process.wait(SECONDS) == 0


async def test_it_is_told_where_it_is_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"HOME": "/h", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TMPDIR": "/t", "TZ": "UTC", "LD_LIBRARY_PATH": "/l"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PLUMBLINE_PORT", "1")
    async with running(tell_surroundings) as child:
        await child.send(b"begin")
        said = msgspec.json.decode(await child.receive(SECONDS))
        assert said["group"] == child._process.pid, "Ctrl-C is the server's to handle"
        assert child.done == 0
    assert told.items() <= said["environment"].items()
    assert set(said["environment"]) <= {*told, "PATH", "PYTHONPATH", "LC_CTYPE"}
    assert "" not in said["environment"]["PYTHONPATH"].split(os.pathsep)
    assert said["core"] == [0, 0], "what strangers sent is written to no disk"


async def test_what_has_ended_takes_no_message_any_more() -> None:
    async def go_on(child: Child) -> None:
        for _ in range(100):
            await child.send(bytes(1 << 20))

    async with running(fall) as child:
        await child.send(b"begin")
        child._process.wait(SECONDS)
        assert not child.alive
        with pytest.raises(Stopped) as stopped:
            await go_on(child)
        assert (stopped.value.reason, str(stopped.value)) == ("crashed", "crashed")


def test_half_a_gigabyte_is_the_longest_message() -> None:
    assert MESSAGE_BYTES == 536_870_912


def test_a_process_that_is_gone_holds_no_memory() -> None:
    assert _resident_bytes(2**30) == 0
    assert _resident_bytes(os.getpid()) > 10 << 20
