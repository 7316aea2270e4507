"""The end of a run: the faults have stopped. All come to rest, all hold the same, and sending again changes nothing."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from sync.invariants import every_op_is_accounted_for, phone_equals_server, records_are_sound
from tests.simulation.oracle import Broken, Oracle
from tests.simulation.phones import SimPhone
from tests.simulation.rules import Authority, Who
from tests.simulation.servers import Server

PASSES = 4
SMALL_PAGE = 10_000


class Ending:
    """What is asked of a server and its phones when nothing goes wrong any more. Each raises :class:`Broken`."""

    def __init__(self, server: Server, oracle: Oracle, authority: Authority, phones: Sequence[SimPhone]) -> None:
        self._server = server
        self._oracle = oracle
        self._authority = authority
        self._phones = phones

    def converge(self) -> None:
        """Let everybody exchange until nothing moves: that much and no more is allowed."""
        for _ in range(PASSES):
            for phone in self._phones:
                settle(phone, self._server)
        for phone in self._phones:
            done = phone.replica.exchange()
            still = done.receipts or done.entries or done.notices or done.more or done.mismatched
            if still:
                raise Broken(f"{phone.name} does not come to rest: {done}")

    def verify(self) -> None:
        self._oracle.at_rest()
        rows = {record.id: record for record in self._server.rows({})}
        wrong = [*records_are_sound(rows.values()), *self._server.problems()]
        answered = {(replica, op_id): receipt for (replica, op_id, _), receipt in self._server.receipts().items()}
        numbers: dict[str, set[int]] = {}
        for (replica, _), receipt in answered.items():
            numbers.setdefault(replica, set()).add(receipt.n)
        for phone in self._phones:
            name, receipts, memory = phone.name, phone.storage.receipts(), phone.storage.memory()
            scopes = self._authority.of(phone.who.person)
            found = phone_equals_server(phone.storage.copies(), rows.values(), scopes)
            kept = {receipt.n for receipt in receipts}
            forgotten = numbers.get(phone.who.replica, set()) - kept
            found += every_op_is_accounted_for(receipts, memory.next_n - 1 - len(forgotten), rows)
            found += [
                f"op {receipt.op_id}: the server gives another receipt, or none"
                for receipt in receipts
                if answered.get((phone.who.replica, receipt.op_id)) != receipt
            ]
            found += self._paged(phone)
            wrong += [f"{name}: {one}" for one in found]
        if wrong:
            raise Broken("\n".join(wrong))

    def _paged(self, phone: SimPhone) -> list[str]:
        """Read everything anew, in pages and at once: both must be what the phone holds."""
        limits, found = self._server.limits, []
        for entries in (limits.page_entries, 100_000):
            fresh = SimPhone(Who(person=phone.who.person, replica="reader"), self._server.exchange, timedelta, _never)
            self._server.limits = msgspec.structs.replace(limits, page_entries=entries, page_bytes=entries * 1000)
            fresh.replica.sync()
            if _content(fresh) != _content(phone):
                found.append(f"a pull in pages of {entries} gives something else")
            fresh.storage.close()
        self._server.limits = limits
        return found

    def replay(self) -> None:
        """Send everything again: not a row, not a receipt may change."""
        rows, receipts = sorted(self._server.rows({}), key=lambda r: r.id), self._server.receipts()
        for phone in self._phones:
            before = phone.storage.receipts()
            with phone.storage.transaction():
                phone.storage.requeue()
            settle(phone, self._server)
            if phone.storage.receipts() != before:
                raise Broken(f"{phone.name}: a replay brought other receipts")
        if (sorted(self._server.rows({}), key=lambda r: r.id), self._server.receipts()) != (rows, receipts):
            raise Broken("a replay changed the server")


def settle(phone: SimPhone, server: Server) -> None:
    """Let a phone exchange until it has nothing to do; that must come within a bounded number of exchanges."""
    rows = sum(head.at_seq for head in server.heads().values())
    limits = server.limits
    entries = limits.page_entries if limits.page_bytes > SMALL_PAGE else 1  # of any size, one at least
    bound = 12 + 2 * phone.storage.memory().next_n + 2 * (rows // entries + 1)
    for _ in range(bound):
        done = phone.replica.exchange()
        if not done.more and not phone.storage.pending(1):
            return
    raise Broken(f"{phone.name} still has work after {bound} exchanges")


def _never() -> bool:
    return False


def _content(phone: SimPhone) -> list[Any]:
    return [replace(copy, sweep=0) for copy in phone.storage.copies()]
