"""Small pictures, made in processes of their own: a file that eats memory or time takes only such a process along."""

import resource

import anyio
import anyio.to_process

from media import image
from mobile_contract.problems import Refused

AT_ONCE = 2
WAITING = 32
SECONDS = 20
MEMORY_BYTES = 3 * 1024**3


class Pictures:
    """Makes thumbnails, a few at a time."""

    def __init__(self) -> None:
        self._limiter = anyio.CapacityLimiter(AT_ONCE)

    async def thumbnail(self, data: bytes, side: int) -> bytes:
        """Make a JPEG at most ``side`` pixels long. Refuses as ``media.image`` does, or with ``server.busy``."""
        if self._limiter.statistics().tasks_waiting >= WAITING:
            raise Refused("server.busy", seconds=5)
        try:
            with anyio.fail_after(SECONDS):
                made = await anyio.to_process.run_sync(_thumbnail, data, side, cancellable=True, limiter=self._limiter)
        except TimeoutError as error:
            raise Refused("media.undecodable", reason=f"not decoded within {SECONDS} seconds") from error
        except anyio.BrokenWorkerProcess as error:
            raise Refused("media.undecodable", reason="the decoder stopped") from error
        if isinstance(made, bytes):
            return made
        code, params = made
        raise Refused(code, **params)


def _thumbnail(data: bytes, side: int) -> bytes | tuple[str, dict[str, str]]:
    """Run in the other process; a refusal travels as what it is made of."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    try:
        return image.thumbnail(data, side)
    except Refused as refusal:
        return refusal.code, refusal.params
