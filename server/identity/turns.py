"""Turns at what costs much and needs no token: in order among addresses, and bounded for each.

An address may be one person or a whole building site behind one router. So no one is locked out for what an address
did: each address has a line of its own, the lines are served in turn, and within one those go first whose login has
signed in from there before. A line that is full says so, and only to its own address.
"""

import asyncio
import ipaddress
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from mobile_contract.problems import Refused

#: How much is done at once, and the longest all lines together may be.
AT_ONCE: Final = 2
WAITING: Final = 1024
#: Pairs of address and login that are remembered.
REMEMBERED: Final = 10_000
#: Seconds after which a person who was told that the line is full should come back.
COME_BACK: Final = 2

Line = deque[asyncio.Future[None]]


@dataclass(slots=True)
class _Lines:
    """The two lines of one address."""

    known: Line = field(default_factory=deque)
    unknown: Line = field(default_factory=deque)

    def __len__(self) -> int:
        return len(self.known) + len(self.unknown)


class Turns:
    """Lines by address. ``longest`` is how many may stand in one of them."""

    def __init__(self, longest: int, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._longest = longest
        self._free = at_once
        self._most = waiting
        self._lines: OrderedDict[str, _Lines] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    @asynccontextmanager
    async def turn(self, address: str, login: str = "") -> AsyncIterator[None]:
        """Wait for a turn and hold it for the block; ``login`` is a fingerprint. Raise ``identity.crowded``."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(address, (address, login) in self._known)
        try:
            yield
        finally:
            self._pass_on()

    def remember(self, address: str, login: str) -> None:
        """Keep that a login has signed in from an address."""
        self._known[address, login] = None
        self._known.move_to_end((address, login))
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    async def _wait(self, address: str, known: bool) -> None:
        lines = self._lines.get(address, _Lines())
        line = lines.known if known else lines.unknown
        if len(line) >= self._longest or not self._room_for(len(lines)):
            raise Refused("identity.crowded", seconds=COME_BACK)
        self._lines.setdefault(address, lines)
        turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it came, and too late
                self._pass_on()
            raise

    def _room_for(self, own: int) -> bool:
        """Return whether one more may wait where ``own`` wait already; who came last in the longest lines gives way."""
        if sum(map(len, self._lines.values())) < self._most:
            return True
        longest = max(self._lines.values(), key=len)
        if len(longest) <= own + 1:
            return False
        last = (longest.unknown or longest.known).pop()
        if not last.done():
            last.set_exception(Refused("identity.crowded", seconds=COME_BACK))
        return True

    def _pass_on(self) -> None:
        """Hand the turn to the next address: the one whose last turn is longest ago."""
        while self._lines:
            address, lines = self._lines.popitem(last=False)
            turn = (lines.known or lines.unknown).popleft()
            if len(lines):
                self._lines[address] = lines
            if not turn.done():  # who left is passed over
                turn.set_result(None)
                return
        self._free += 1


def address_of(host: str | None) -> str:
    """Return what counts as one address: of IPv6 the 64 bits of a network, in which a host may take any it likes."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)
