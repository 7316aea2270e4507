"""The loop: everything that happens in a run, in an order that the seed alone decides.

``Simulation(seed, make).run()`` works and breaks things for a while, then lets the faults stop and asks what must be
true: all phones come to rest within a bounded number of exchanges and hold what a fresh query gives, every op that was
ever queued is accounted for, and sending everything again changes nothing.
"""

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mobile_contract.ids import archive_scope, live_scope, natural_id
from mobile_contract.sync import Limits
from server.kernel.clock import rfc3339
from sync.policy import PROTOCOL_KINDS
from sync.ports import ReplicaClosed, ReplicaTrust
from sync.state import PushPlan
from tests.simulation import work
from tests.simulation.ending import Ending, settle
from tests.simulation.network import Network
from tests.simulation.oracle import Oracle
from tests.simulation.phones import START, PhoneCrash, SimPhone
from tests.simulation.profile import Faults, Profile, Stroke, draw
from tests.simulation.rules import CONTRACTOR, READER, SCOPES, Authority, Who
from tests.simulation.servers import Down, Hooks, Server

Make = Callable[[Hooks, Limits], Server]


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What a run came to. ``trace`` is the digest of everything that happened: equal seeds, equal traces."""

    trace: str
    steps: int
    ops: int
    outcomes: dict[str, int]


class Simulation:
    """One run. ``make`` builds the server under test."""

    def __init__(self, seed: int, make: Make, log: Callable[[str], None] | None = None) -> None:
        self.rng = random.Random(seed)
        self.profile: Profile = draw(self.rng)
        self.faults: Faults = self.profile.faults
        self.authority = Authority()
        self.strokes: tuple[Stroke, ...] = (
            Stroke("trust", seed, share=0.3, worst=0.04, happen=self._revoke_device),
            Stroke("row removals", seed, share=0.4, worst=0.2, happen=self._dispute_a_row),
            Stroke("late records", seed, share=0.4, worst=0.2, happen=self._wait_for_a_record),
            Stroke("one log twice", seed, share=0.5, worst=0.1, happen=self._begin_one_log_twice),
            Stroke("clocks", seed, share=0.4, worst=0.1, happen=self._turn_a_clock),
        )
        self.elapsed = timedelta()
        self.server_skew = timedelta()
        hooks = Hooks(authority=self.authority, now=self._server_now, between=self._between, committed=self._committed)
        self.server = make(hooks, self.profile.limits)
        self.oracle = Oracle(self.server)
        self.network = Network(self.rng, self.faults, self.server, self.authority, self._note)
        self.phones: list[SimPhone] = []
        self._missing: list[tuple[str, str]] = []  # records that are waited for and that nobody has made: scope, id
        self._late = 0
        self._backups: list[tuple[timedelta, Any]] = [(self.elapsed, self.server.backup())]
        self._lives = 0
        self._installed = 0
        self._depth = 0
        self._log = log
        self._trace = hashlib.sha256()
        persons = [natural_id("person", str(number)) for number in range(self.profile.phones)]
        for number in range(self.profile.phones):
            shares = number and self.rng.random() < 0.2  # a second phone of the same person
            self._install(persons[number - 1 if shares else number])

    def run(self) -> Result:
        """Run to the end. Raises :class:`Broken`."""
        try:
            for _ in range(self.profile.steps):
                self._step()
            self._calm()
            ending = Ending(self.server, self.oracle, self.authority, self.phones)
            ending.converge()
            ending.verify()
            ending.replay()
            return self._result()
        finally:
            for phone in self.phones:
                phone.storage.close()
            self.server.close()

    # -- what happens --------------------------------------------------------------------------------------------------

    def _step(self) -> None:
        self.elapsed += timedelta(milliseconds=self.rng.choice((0, 1, 900, 60_000, 3_600_000)))
        self._accidents()
        free = [phone for phone in self.phones if not phone.busy]
        if not free:
            return
        phone, chance = self.rng.choice(free), self.rng.random()
        if chance < 0.55:
            self._work(phone)
        elif chance < 0.95:
            self._note(f"{phone.name} exchanges: {phone.sync_once()}")
            self._replace_wiped()
        else:
            self.network.deliver_late()

    def _accidents(self) -> None:
        faults = self.faults
        accidents = (
            (faults.authority, self._change_authority),
            (faults.backup, self._back_up),
            (faults.restore, self._restore),
            (faults.purge, self._purge),
            (faults.move, self._move),
            (faults.disk_full, self._fill_the_disk),
            (faults.skew, self._set_clocks),
            (faults.reinstall, self._reinstall),
        )
        for probability, happen in accidents:
            if self.network.strikes(probability):
                happen()
        if self.server.full and self.rng.random() < 0.2:
            self.server.full = False
            self._note("disk has room")
        for stroke in self.strokes:
            stroke.strike()

    def _back_up(self) -> None:
        self._backups.append((self.elapsed, self.server.backup()))
        self._note("backup")

    def _fill_the_disk(self) -> None:
        self.server.full = True
        self._note("disk full")

    def _set_clocks(self) -> None:
        """A phone's clock is wrong by up to three days, and at times the server's by a little."""
        days = timedelta(seconds=self.rng.randint(-3 * 86_400, 3 * 86_400))
        self.rng.choice(self.phones).skew = days
        self.server_skew = self.rng.choice((timedelta(), days / 100))

    def _work(self, phone: SimPhone) -> None:
        try:
            self._note(f"{phone.name} does {work.act(self.rng, phone)}")
        except PhoneCrash:
            phone.restart()
            self._note(f"{phone.name} crashed at work")
        except ReplicaClosed:
            self._note(f"{phone.name} takes no more work")

    def _change_authority(self) -> None:
        person = self.rng.choice(self.phones).who.person
        scope = self.rng.choice(SCOPES)
        grants = self.authority.grants.setdefault(person, {})
        if scope in grants:
            del grants[scope]
        else:
            grants[scope] = self.rng.choice((CONTRACTOR, CONTRACTOR, READER))
        self._note(f"{person[:8]} {'holds' if scope in grants else 'no longer holds'} {scope[:16]}")

    def _purge(self) -> None:
        """Every scope forgets what is gone below its mark."""
        if self.server.full:
            return
        for scope in sorted(scope for scope, head in self.server.heads().items() if head.at_seq):
            self.server.purge(scope)
        self.oracle.purged()
        self._note("purged")

    def _move(self) -> None:
        """Something moves: mostly to the archive or back, at times to another section."""
        live = [row for row in self.server.rows({}) if not row.deleted and row.kind not in PROTOCOL_KINDS]
        if live and not self.server.full:
            record = self.rng.choice(sorted(live, key=lambda row: row.id))
            home = live_scope(record.scope)
            away = archive_scope(home) if record.scope == home and not home.startswith("person:") else home
            scope = away if self.rng.random() < 0.7 else self.rng.choice(SCOPES)
            if scope != record.scope:
                self.server.move(record.id, scope)
                self.oracle.moved(scope)
                self._note(f"{record.id[:8]} moved to {scope[:24]}")

    def _restore(self) -> None:
        """Go back to a backup that is younger than what phones still keep."""
        young = self.elapsed - timedelta(days=self.profile.limits.replay_days) + timedelta(hours=2)
        backups = [backup for at, backup in self._backups[-4:] if at >= young]
        if not backups:
            return
        self._lives += 1
        self.server.full = False
        self.server.restore(self.rng.choice(backups), natural_id("epoch", str(self._lives)))
        self.oracle.restored()
        self._note("restored from a backup")

    def _install(self, person: str) -> None:
        self._installed += 1
        who = Who(person=person, replica=natural_id("replica", str(self._installed)))
        dies = lambda: self.network.strikes(self.faults.phone_crash)  # noqa: E731
        self.phones.append(SimPhone(who, self._carry, lambda: self.elapsed, dies))
        grants = self.authority.grants.setdefault(person, {})
        for scope in SCOPES:
            if self.rng.random() < 0.6:
                grants.setdefault(scope, self.rng.choice((CONTRACTOR, CONTRACTOR, CONTRACTOR, READER)))

    def _reinstall(self) -> None:
        """A phone is gone for ever, with what it had not sent; its owner takes a new one."""
        phone = self.rng.choice(self.phones)
        if not phone.busy:
            self.phones.remove(phone)
            phone.storage.close()
            self._install(phone.who.person)
            self._note(f"{phone.name} was lost")

    def _revoke_device(self, rng: random.Random) -> None:
        phone = rng.choice(self.phones)
        self.authority.revoked.add(phone.who.replica)
        self._note(f"{phone.name} is trusted no more")

    def _dispute_a_row(self, rng: random.Random) -> None:
        def dispute(phone: SimPhone, other: SimPhone) -> None:
            removes = rng.random() < 0.6
            self._note(f"{phone.name} {'removes a row' if removes else 'wants a row back'}")
            if removes:
                work.remove_a_row(rng, phone, other)
            else:
                work.choose_in_a_removed_row(rng, phone)

        self._two_work(rng, dispute)

    def _wait_for_a_record(self, rng: random.Random) -> None:
        """Let a phone's unit wait for a record that another has still to send; or send that record."""

        def wait(phone: SimPhone, other: SimPhone) -> None:
            self._late += 1
            missing = natural_id("late", str(self._late))
            if (scope := work.unit_that_waits(rng, phone, other, missing)) is not None:
                self._note(f"{phone.name} waits for {missing[:8]}, which {other.name} has")
                self._missing.append((scope, missing))

        def bring(phone: SimPhone, _other: SimPhone) -> None:
            scope, missing = self._missing.pop(rng.randrange(len(self._missing)))
            phone.replica.create("note", scope, {"title": "late"}, record=missing)
            self._note(f"{phone.name} makes {missing[:8]}")

        self._two_work(rng, bring if self._missing and rng.random() < 0.5 else wait)

    def _begin_one_log_twice(self, rng: random.Random) -> None:
        self._late += 1
        day = f"day {self._late}"
        self._two_work(rng, lambda phone, other: work.same_log_twice(rng, phone, other, day))

    def _turn_a_clock(self, rng: random.Random) -> None:
        """Set a phone's clock ahead or back between what it writes and what it sends, or right again."""
        phone = rng.choice(self.phones)
        phone.skew = rng.choice((-1, 0, 0, 1)) * timedelta(seconds=rng.choice((60, 1_000, 20_000, 400_000)))
        self._note(f"the clock of {phone.name} is off by {phone.skew}")

    def _two_work(self, rng: random.Random, work: Callable[[SimPhone, SimPhone], None]) -> None:
        """Let two phones that are not exchanging do something at once."""
        free = [phone for phone in self.phones if not phone.busy]
        if len(free) < 2:
            return
        phone, other = rng.sample(free, 2)
        try:
            work(phone, other)
        except PhoneCrash:
            phone.restart()
            other.restart()
        except ReplicaClosed:
            self._note("one of them takes no more work")

    def _replace_wiped(self) -> None:
        for phone in [one for one in self.phones if one.replica.trust is ReplicaTrust.WIPED and not one.busy]:
            self.phones.remove(phone)
            phone.storage.close()
            self._install(phone.who.person)
            self._note(f"{phone.name} has wiped")

    # -- in the middle of an exchange ----------------------------------------------------------------------------------

    def _carry(self, who: Who, body: bytes) -> bytes:
        self._meanwhile()
        answer = self.network.carry(who, body)
        self._meanwhile()
        return answer

    def _between(self, moment: str) -> None:
        if moment == "read" and self.network.strikes(self.faults.server_crash):
            raise Down("the server died before its answer")
        self._meanwhile()

    def _meanwhile(self) -> None:
        if self._depth < 2 and self.network.strikes(self.faults.meanwhile):
            self._depth += 1
            self._step()
            self._depth -= 1

    def _committed(self, who: Who, plan: PushPlan) -> None:
        for answer in plan.answers:
            self._trace.update(f"{answer.receipt.op_id} {answer.receipt.outcome} {answer.receipt.code}".encode())
        self.oracle.committed(who, plan)
        if self.server.annotates:
            self.oracle.knows_wrong_clocks(plan, self.network.shown, self._server_now())

    # -- the end -------------------------------------------------------------------------------------------------------

    def _calm(self) -> None:
        self.faults = self.network.faults = Faults()
        self.server.full = False
        self.strokes = ()
        while self.network.late:
            self.network.deliver_late()
        for phone in [one for one in self.phones if one.who.replica in self.authority.revoked]:
            while phone.replica.trust is not ReplicaTrust.WIPED:
                settle(phone, self.server)
        self._replace_wiped()

    def _result(self) -> Result:
        outcomes: dict[str, int] = {}
        for receipt in self.server.receipts().values():
            outcomes[receipt.code] = outcomes.get(receipt.code, 0) + 1
        return Result(
            trace=self._trace.hexdigest(),
            steps=self.profile.steps,
            ops=sum(outcomes.values()),
            outcomes=outcomes,
        )

    # -- small things --------------------------------------------------------------------------------------------------

    def _server_now(self) -> str:
        return rfc3339(START + self.elapsed + self.server_skew)

    def _note(self, what: str) -> None:
        self._trace.update(what.encode())
        if self._log is not None:
            self._log(f"{'  ' * self._depth}{what}")
