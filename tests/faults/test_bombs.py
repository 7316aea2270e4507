"""A body that is small on the wire and endless inside takes no more memory than the limit of its route."""

import tracemalloc
import zlib

import pytest
import zstandard
from litestar import post
from litestar.di import NamedDependency

from server.kernel.bodies import Body
from server.kernel.declared import declare
from tests.faults.house import problem
from tests.support.http import client

LIMIT = 1 << 20
#: What the bomb would become.
BOMB_BYTES = 256 << 20


@post("/taken", opt=declare(limit=LIMIT))
async def taking(sent: NamedDependency[Body[bytes]]) -> int:
    return len(await sent.read())


def bomb(encoding: str) -> bytes:
    """Return ``BOMB_BYTES`` zeros, compressed."""
    packer = zlib.compressobj(9, wbits=31) if encoding == "gzip" else zstandard.ZstdCompressor().compressobj()
    zeros = bytes(1 << 20)
    return b"".join(packer.compress(zeros) for _ in range(BOMB_BYTES >> 20)) + packer.flush()


@pytest.mark.anyio
@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_a_bomb_is_refused_within_the_memory_of_its_limit(encoding: str) -> None:
    sent = bomb(encoding)
    assert len(sent) < LIMIT, "it must pass what is counted on the wire"
    async with client([taking], {}) as http:
        headers = {"Content-Encoding": encoding}
        tracemalloc.start()
        try:
            answer = await http.post("/taken", content=sent, headers=headers)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert problem(answer) == "request.too_large"
        assert peak < 8 * LIMIT + 4 * len(sent), f"{peak} bytes at the peak"
        whole = zlib.compress(b"x" * LIMIT, wbits=31) if encoding == "gzip" else zstandard.compress(b"x" * LIMIT)
        assert (await http.post("/taken", content=whole, headers=headers)).json() == LIMIT
