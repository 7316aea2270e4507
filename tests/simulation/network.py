"""The network between a phone and the server: it loses, doubles, delays and cuts, as the seed says."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from sync.ports import ReplicaClosed, Unreachable, Unreadable
from tests.simulation.oracle import Broken
from tests.simulation.profile import Faults
from tests.simulation.rules import Authority, Who
from tests.simulation.servers import Server


class _Request(msgspec.Struct):
    clock: str = ""


class _Entry(msgspec.Struct):
    scope: str


class _Answer(msgspec.Struct):
    changes: tuple[_Entry, ...] = ()


@dataclass
class Network:
    """``late`` holds requests whose phones gave up on them and which are still on their way.

    ``shown`` is the phone's clock in the request that the server is at.
    """

    rng: random.Random
    faults: Faults
    server: Server
    authority: Authority
    note: Callable[[str], None]
    shown: str = ""
    late: list[tuple[Who, bytes]] = field(default_factory=list)

    def carry(self, who: Who, body: bytes) -> bytes:
        if self.strikes(self.faults.drop):
            raise Unreachable("lost on the way up")
        if self.strikes(self.faults.delay):
            self.late.append((who, body))
            raise Unreachable("late")
        answer = self._ask(who, body)
        if self.strikes(self.faults.duplicate):
            self.late.append((who, body))
            if self.rng.random() < 0.5:
                answer = self._ask(who, body)
        if self.strikes(self.faults.drop):
            raise Unreachable("the answer was lost")
        if self.strikes(self.faults.truncate):
            return answer[: int(self.rng.random() * len(answer))]
        return answer

    def deliver_late(self) -> None:
        """Let one of the late requests arrive, in any order; nobody waits for its answer."""
        if self.late:
            who, body = self.late.pop(self.rng.randrange(len(self.late)))
            try:
                self._ask(who, body)
            except (ReplicaClosed, Unreachable, Unreadable) as error:
                self.note(f"late request: {type(error).__name__}")

    def _ask(self, who: Who, body: bytes) -> bytes:
        """Bring a request to the server; what it answers may hold nothing that its person may not read now."""
        outer, self.shown = self.shown, msgspec.json.decode(body, type=_Request).clock
        try:
            answer = self.server.exchange(who, body)
        finally:
            self.shown = outer  # something else may happen in the midst of an exchange
        scopes = {entry.scope for entry in msgspec.json.decode(answer, type=_Answer).changes}
        foreign = sorted(scopes - self.authority.of(who.person).keys())
        if foreign:
            raise Broken(f"{who.replica}: the answer has records of {foreign}")
        return answer

    def strikes(self, probability: float) -> bool:
        return probability > 0 and self.rng.random() < probability
