"""A bad network and a balancer in one: each new connection goes to the next server, and breaks when it is told to."""

import contextlib
import itertools
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from tests.support.processes import free_port

_PIECE = 16 * 1024


class Break(Enum):
    """How a connection ends: closed in order, reset, or simply silent for ever."""

    CLOSE = "close"
    RESET = "reset"
    SILENCE = "silence"


class Link:
    """Listens on loopback and carries bytes to the servers in turn. ``up`` counts what clients sent.

    While it is ``down`` nothing gets through.
    """

    def __init__(self, *ports: int) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.up = 0
        self.down = False
        self._next = itertools.cycle(ports)
        self._breaks: list[tuple[int, Break]] = []
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", self.port), backlog=128)
        threading.Thread(target=self._accept, daemon=True).start()

    def break_after(self, *bytes_up: int, how: Break) -> None:
        """Have the next connection that carries so many bytes up break there; then the next, and so on."""
        self._breaks += [(count, how) for count in bytes_up]

    def cut(self) -> None:
        """Break every connection, and let none be made until ``down`` is set back."""
        self.down = True
        opened, self._open = self._open, []
        for one in opened:
            _drop(one, Break.RESET)

    @property
    def whole(self) -> bool:
        """Return whether every break that was asked for has come."""
        return not self._breaks

    def close(self) -> None:
        """Close everything."""
        for one in (self._listening, *self._open):
            _drop(one, Break.CLOSE)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listening.accept()
                if self.down:
                    _drop(client, Break.RESET)
                    continue
                try:
                    server = socket.create_connection(("127.0.0.1", next(self._next)))
                except OSError:
                    client.close()
                    continue
                self._open += [client, server]
                threading.Thread(target=self._carry_up, args=(client, server), daemon=True).start()
                threading.Thread(target=_carry, args=(server, client), daemon=True).start()

    def _carry_up(self, client: socket.socket, server: socket.socket) -> None:
        carried = 0
        with contextlib.suppress(OSError):
            while piece := client.recv(_PIECE):
                room = self._breaks[0][0] - carried if self._breaks else _PIECE
                server.sendall(piece[: max(0, room)])
                carried += len(piece)
                self.up += len(piece)
                if self._breaks and room <= len(piece):
                    how = self._breaks.pop(0)[1]
                    if how is not Break.SILENCE:
                        _drop(client, how)
                        _drop(server, how)
                    return
            server.shutdown(socket.SHUT_WR)


def _carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


def _drop(one: socket.socket, how: Break) -> None:
    with contextlib.suppress(OSError):
        if how is Break.RESET:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.close()
        else:
            one.shutdown(socket.SHUT_RDWR)
            one.close()


@contextmanager
def linked(*ports: int) -> Iterator[Link]:
    """Carry for as long as the block lasts."""
    link = Link(*ports)
    try:
        yield link
    finally:
        link.close()
