"""How much one replica may ask of one process: so many exchanges at once, and so many a minute.

A phone that is told to wait loses nothing. The counts live in the process; with several of them a replica may ask each.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil

from mobile_contract.problems import Refused
from server.replication.model import Tuning

#: How many replicas are remembered; the one that has been silent longest is forgotten first.
REMEMBERED = 50_000


@dataclass(slots=True)
class _Meter:
    left: float
    at: float
    under_way: int = 0


class Pace:
    """Counts exchanges by replica. ``now`` gives seconds that only grow."""

    def __init__(self, tuning: Tuning, now: Callable[[], float]) -> None:
        self._at_once = tuning.exchanges_at_once
        self._burst = float(tuning.exchanges_per_minute)
        self._per_second = tuning.exchanges_per_minute / 60
        self._now = now
        self._meters: OrderedDict[str, _Meter] = OrderedDict()

    @contextmanager
    def admit(self, replica: str, cost: int = 1) -> Iterator[None]:
        """Let a replica do something that costs as much as so many exchanges.

        Raise ``sync.too_many`` with the seconds after which it will be let in.
        """
        meter = self._meter(replica)
        if meter.under_way >= self._at_once:
            raise Refused("sync.too_many", seconds=1)
        if meter.left < cost:
            raise Refused("sync.too_many", seconds=max(1, ceil((cost - meter.left) / self._per_second)))
        meter.left -= cost
        meter.under_way += 1
        try:
            yield
        finally:
            meter.under_way -= 1

    def _meter(self, replica: str) -> _Meter:
        now = self._now()
        meter = self._meters.get(replica)
        if meter is None:
            self._forget()
            meter = self._meters[replica] = _Meter(self._burst, now)
        self._meters.move_to_end(replica)
        meter.left = min(self._burst, meter.left + (now - meter.at) * self._per_second)
        meter.at = now
        return meter

    def _forget(self) -> None:
        while len(self._meters) >= REMEMBERED:
            self._meters.popitem(last=False)
