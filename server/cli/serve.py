"""``plumbline serve``: the API over HTTP."""

import argparse
import contextlib
import gc
import socket

import uvicorn

from server.app import Program
from server.cli.command import Command
from server.connections import connections
from server.kernel.settings import Settings
from server.replication import Replication


class _Server(uvicorn.Server):
    """Looks over what it was started with no more, and ends the wake-up connections when it is told to stop."""

    def __init__(self, config: uvicorn.Config, program: Program) -> None:
        super().__init__(config)
        self._program = program

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What is here now stays, and what a request leaves behind has no circles: collecting less often saves a push
        # about a tenth of its time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._program.of(Replication).wakes.close()
        await super().shutdown(sockets)


def serve(settings: Settings, _args: argparse.Namespace) -> int:
    """Serve the API; with ``embedded_worker`` also run the jobs and seal the journal."""
    program = Program(settings)
    config = uvicorn.Config(
        program.litestar(),
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=20,
        http=connections(settings),
        ws="none",
    )
    server = _Server(config, program)
    with contextlib.suppress(KeyboardInterrupt):  # which uvicorn raises again when it is done
        server.run()
    return 0 if server.started else 3


COMMAND = Command("serve", serve)
