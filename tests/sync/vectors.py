"""Records the exchanges that any client replays: ``python -m tests.sync.vectors`` rewrites mobile_contract/vectors/."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from mobile_contract.ids import natural_id, row_id
from sync.ports import Unreachable
from tests.sync.world import OTHER, SECTION, TestPhone, World

FOLDER = Path(__file__).parents[2] / "mobile_contract" / "vectors"
LOG = natural_id("log", "2026-11-18")
PIPE = row_id(LOG, "labour", "管道工")
COUNT = f"fields/labour/{PIPE}/count"
Step = dict[str, Any]


class Recorder:
    """One phone whose every step is written down; other phones change the world behind its back."""

    def __init__(self) -> None:
        self.world = World(page=3)
        self.steps: list[Step] = []
        self.fates: list[str | None] = []
        self.phone = TestPhone(self.world, "recorded", lambda: self.fates.pop(0) if self.fates else None)
        self.other = TestPhone(self.world, "other")
        link = self.phone.replica._transport
        self._exchange = link.exchange
        link.exchange = self._recorded  # type: ignore[method-assign]

    def _recorded(self, body: bytes) -> bytes:
        step: Step = {"step": "exchange", "request": msgspec.json.decode(body), "answer": None}
        self.steps.append(step)
        answer = self._exchange(body)
        step["answer"] = msgspec.json.decode(answer)
        return answer

    def do(self, step: str, **fields: Any) -> None:
        """Let the phone do something and write down what, with the bytes of the op it queued."""
        perform(self.phone, {"step": step, **fields})
        record = fields["record"]
        op = msgspec.json.decode(self.phone.storage.pending_of(record)[-1].raw)
        self.steps.append({"step": step, **fields, "op": op})

    def sync(self, *fates: str | None) -> None:
        """Let the phone exchange; each fate (``lost``, ``unanswered``) is one exchange that fails."""
        self.exchange(*fates)
        self.phone.replica.sync()

    def exchange(self, *fates: str | None) -> None:
        """Let the phone exchange once for each fate; None passes."""
        self.fates = list(fates)
        for _ in fates:
            try:
                self.phone.replica.exchange()
            except Unreachable:
                continue

    def expect(self, record: str) -> None:
        """Write down what the person sees of a record now."""
        self.steps.append({"step": "view", "record": record, "values": self.phone.replica.view(record)})


def perform(phone: TestPhone, step: Step) -> None:
    """Do one of a vector's steps on a phone."""
    name, record = step["step"], step["record"]
    if name == "create":
        phone.replica.create(step["kind"], step["scope"], step["values"], record)
    elif name == "patch":
        phone.replica.patch(record, step["set"])
    elif name == "resolve":
        phone.replica.resolve(record, step["value"])
    else:
        getattr(phone.replica, name)(record)


def _log() -> Step:
    fields = {"weather_am": "cloudy", "labour": {PIPE: {"trade": "管道工", "count": 12}}}
    return {"form": "daily_log", "formVersion": 1, "fields": fields}


def merge(recorder: Recorder) -> None:
    """A second offline create merges; edits of different fields merge; the feed comes in pages."""
    recorder.other.replica.create("report", SECTION, _log(), LOG)
    for count in range(5):
        recorder.other.replica.create("checkIn", SECTION, {"note": f"{count}"})
    recorder.other.replica.sync()
    own = _log() | {"fields": {"weather_am": "cloudy", "safety": "安全交底"}}
    recorder.do("create", kind="report", scope=SECTION, values=own, record=LOG)
    recorder.expect(LOG)
    recorder.sync()
    recorder.expect(LOG)
    recorder.do("patch", record=LOG, set={"fields/weather_pm": "rain", COUNT: 14})
    recorder.sync()
    recorder.expect(LOG)


def conflict(recorder: Recorder) -> None:
    """Two people set the same cell: both values are kept, then one is chosen."""
    recorder.do("create", kind="report", scope=SECTION, values=_log(), record=LOG)
    recorder.sync()
    recorder.other.replica.sync()
    recorder.other.replica.patch(LOG, {COUNT: 14})
    recorder.other.replica.sync()
    recorder.do("patch", record=LOG, set={COUNT: 13})
    recorder.sync()
    recorder.expect(LOG)
    (copy,) = recorder.phone.storage.copies(kind="conflict")
    recorder.expect(copy.id)
    recorder.do("resolve", record=copy.id, value=13)
    recorder.sync()
    recorder.expect(LOG)
    recorder.expect(copy.id)


def bad_network(recorder: Recorder) -> None:
    """A lost request and a lost answer: the same bytes go again, and get the same receipt."""
    recorder.do("create", kind="checkIn", scope=SECTION, values={"note": "K0+620"}, record=LOG)
    recorder.sync("lost", "unanswered")
    recorder.expect(LOG)


def parked(recorder: Recorder) -> None:
    """What cannot be applied is kept whole and comes back with its reason; what follows it is applied."""
    recorder.do("create", kind="checkIn", scope=SECTION, values={"note": "here"}, record=LOG)
    recorder.do("patch", record=LOG, set={"note": "there"})
    recorder.do("create", kind="report", scope=SECTION, values=_log(), record=PIPE)
    recorder.sync()
    recorder.expect(LOG)
    recorder.expect(recorder.phone.storage.copies(kind="parked")[0].id)


def restored(recorder: Recorder) -> None:
    """The server was restored from a backup: acknowledged ops go again, and what is no longer there goes."""
    recorder.do("create", kind="checkIn", scope=SECTION, values={"note": "before"}, record=LOG)
    recorder.sync()
    recorder.world.records.clear()
    recorder.world.receipts.clear()
    recorder.world.heads.clear()
    recorder.world.epoch = "epoch-2"
    recorder.sync()
    recorder.expect(LOG)


def moved(recorder: Recorder) -> None:
    """A record moves to a scope that this phone does not hold, and comes back."""
    recorder.world.held["other"] = {SECTION, OTHER}
    recorder.do("create", kind="checkIn", scope=SECTION, values={"note": "K0+620"}, record=LOG)
    recorder.sync()
    recorder.world.move(LOG, OTHER)
    recorder.sync()
    recorder.expect(LOG)
    recorder.world.move(LOG, SECTION)
    recorder.sync()
    recorder.expect(LOG)


def purged(recorder: Recorder) -> None:
    """Away for longer than the feed remembers: that scope is listed again, in pages, and what is not listed goes."""
    recorder.world.held = {"recorded": {SECTION, OTHER}, "other": {SECTION, OTHER}}
    logs = [natural_id("log", f"2026-11-{day}") for day in range(11, 17)]
    for log in logs:
        recorder.other.replica.create("report", SECTION, {"form": "daily_log", "formVersion": 1}, log)
    recorder.other.replica.create("checkIn", OTHER, {"note": "K0+620"}, LOG)
    recorder.other.replica.sync()
    recorder.sync()
    for log in logs[:2]:
        recorder.other.replica.delete(log)
    recorder.other.replica.sync()
    recorder.world.purge(SECTION, recorder.world.heads[SECTION])
    recorder.do("patch", record=logs[0], set={"fields/weather_am": "rain"})
    recorder.sync("lost")
    for record in (*logs[:3], LOG):
        recorder.expect(record)
    recorder.expect(recorder.phone.storage.copies(kind="parked")[0].id)


def revoked(recorder: Recorder) -> None:
    """The phone is revoked: its copies go, what it had not sent is parked, and when it is through it wipes."""
    recorder.do("create", kind="report", scope=SECTION, values=_log(), record=LOG)
    recorder.sync()
    recorder.do("patch", record=LOG, set={COUNT: 14})
    recorder.do("create", kind="checkIn", scope=SECTION, values={"note": "K0+620"}, record=PIPE)
    recorder.world.revoked.add("recorded")
    recorder.exchange("unanswered", None)
    recorder.expect(LOG)
    recorder.sync()
    recorder.expect(PIPE)


def lost(recorder: Recorder) -> None:
    """The phone was reported lost: it wipes at once, with what it had not sent."""
    recorder.do("create", kind="report", scope=SECTION, values=_log(), record=LOG)
    recorder.sync()
    recorder.do("patch", record=LOG, set={COUNT: 14})
    recorder.world.lost.add("recorded")
    recorder.sync()
    recorder.expect(LOG)


SCENARIOS: tuple[Callable[[Recorder], None], ...] = (
    merge,
    conflict,
    bad_network,
    parked,
    restored,
    moved,
    purged,
    revoked,
    lost,
)


def recorded() -> Iterator[tuple[str, bytes]]:
    """Return each vector's file name and bytes."""
    for scenario in SCENARIOS:
        recorder = Recorder()
        scenario(recorder)
        vector = {"about": scenario.__doc__, "steps": recorder.steps}
        yield f"{scenario.__name__}.json", msgspec.json.format(msgspec.json.encode(vector), indent=1) + b"\n"


if __name__ == "__main__":
    for name, body in recorded():
        (FOLDER / name).write_bytes(body)
