"""What people do on their phones: a table of things that happen, each a function of chance and the phone."""

import random
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from mobile_contract.ids import person_scope, record_id, row_id
from mobile_contract.sync import Change, Patch
from sync.ports import PendingOp, ReplicaTrust
from tests.simulation.phones import SimPhone
from tests.simulation.rules import POISON, SCOPES

TRADES = tuple(row_id("log", "labour", trade) for trade in ("管道工", "电工", "瓦工"))
FIELDS = ("fields/weather", "fields/safety", "fields/total", *(f"fields/labour/{row}" for row in TRADES))
CELLS = tuple(f"fields/labour/{row}/{cell}" for row in TRADES for cell in ("count", "remark"))
PLACE = {"lat": 320_415_000, "lon": 1_187_674_000, "datum": "WGS84", "accuracyCm": 500}
VALUES = (0, 1, 2, 3, True, "晴", "rain", "𝔸 astral", None)

Act = Callable[[random.Random, SimPhone], None]


def _scope(rng: random.Random, phone: SimPhone) -> str:
    """Mostly a scope that the phone reads, at times its own or one that it may never have held."""
    known = sorted(phone.storage.memory().cursor.seqs)
    chance = rng.random()
    if chance < 0.1:
        return person_scope(phone.who.person)
    return rng.choice(known) if known and chance < 0.9 else rng.choice(SCOPES)


def _row(rng: random.Random) -> dict[str, object]:
    return {"trade": rng.choice("abc"), "count": rng.randrange(9)}


def _something(rng: random.Random, phone: SimPhone, *kinds: str) -> str | None:
    """A record that the person sees: the server's copies and what is still in the queue."""
    seen = [copy.id for kind in kinds for copy in phone.storage.copies(kind=kind)]
    seen += [op.record for op in phone.storage.pending(20) if op.record != op.op_id]
    return rng.choice(seen) if seen else None


def create_log(rng: random.Random, phone: SimPhone, unit: str | None = None) -> None:
    scope, day = _scope(rng, phone), str(rng.randrange(3))
    fields: dict[str, object] = {"day": day, "weather": rng.choice(VALUES)}
    if rng.random() < 0.6:
        fields["labour"] = {row: _row(rng) for row in rng.sample(TRADES, rng.randrange(3))}
    _log(phone, scope, day, fields, unit)


def _log(phone: SimPhone, scope: str, day: str, fields: dict[str, object], unit: str | None = None) -> None:
    """Create the log of a day. Half of the phones have a newer version of its form."""
    values = {"form": "log", "formVersion": 1 + int(phone.who.replica[-1], 16) % 2, "fields": fields}
    phone.replica.create("report", scope, values, record_id("report", scope, "log", day), unit)


def create_note(rng: random.Random, phone: SimPhone, unit: str | None = None) -> None:
    title = POISON if rng.random() < 0.05 else rng.choice(VALUES)
    phone.replica.create("note", _scope(rng, phone), {"title": title, "position": {"lat": rng.randrange(9)}}, unit=unit)


def check_in(rng: random.Random, phone: SimPhone, unit: str | None = None) -> None:
    captured = {"at": phone.now(), "clockOffsetMs": phone.storage.memory().clock_offset_ms}
    values = {"captured": captured, "position": PLACE, "note": str(rng.choice(VALUES))}
    phone.replica.create("checkIn", _scope(rng, phone), values, unit=unit)


def patch(rng: random.Random, phone: SimPhone, unit: str | None = None) -> None:
    kinds = ("report",) * 3 + ("note", "note", "checkIn")
    record = _something(rng, phone, rng.choice(kinds))
    if record is None or phone.replica.view(record) is None:
        return
    changes: dict[str, object] = {}
    for _ in range(rng.randint(1, 3)):
        path = rng.choice((*FIELDS, *CELLS, "title", "position", "form"))
        if path.startswith("fields/labour/") and path in FIELDS:
            changes[path] = rng.choice((None, _row(rng)))
        elif path == "position":
            changes[path] = {"lat": rng.randrange(9), "lon": rng.randrange(9)}
        elif path != "form" or rng.random() < 0.1:
            changes[path] = rng.choice(VALUES)
    if changes and not any(other.startswith(f"{path}/") for path in changes for other in changes):
        phone.replica.patch(record, changes, unit)


def unit(rng: random.Random, phone: SimPhone) -> None:
    """Some ops that stand or park together."""
    name = phone.new_id()
    for _ in range(rng.randint(2, 4)):
        rng.choice((create_log, create_note, check_in, patch, patch))(rng, phone, name)


def delete(rng: random.Random, phone: SimPhone) -> None:
    _on_copy(rng, phone, phone.replica.delete, "report", "note", "note", "checkIn")


def sign(rng: random.Random, phone: SimPhone) -> None:
    _on_copy(rng, phone, phone.replica.sign, "report", "report", "note")


def resolve(rng: random.Random, phone: SimPhone) -> None:
    open_ones = [copy for copy in phone.storage.copies(kind="conflict") if copy.values["state"] == "open"]
    if not open_ones:
        return
    conflict = rng.choice(open_ones)
    candidates = [item.get("value") for item in conflict.values["candidates"].values()]
    phone.replica.resolve(conflict.id, rng.choice([conflict.values.get("standing"), *candidates]))


def remove_a_row(rng: random.Random, phone: SimPhone, other: SimPhone) -> None:
    """One phone deletes a row, or all of them, while another that does not know edits a cell in it."""
    seen = [(copy.id, row) for copy in phone.storage.copies(kind="report") for row in _rows(phone, copy.id)]
    if not seen:
        return
    record, row = rng.choice(seen)
    if row in _rows(other, record):
        cell = f"fields/labour/{row}/{rng.choice(('count', 'remark'))}"
        other.replica.patch(record, {cell: rng.choice(VALUES[:-1])})
    phone.replica.patch(record, {rng.choice((f"fields/labour/{row}", "fields/labour")): None})


def choose_in_a_removed_row(rng: random.Random, phone: SimPhone) -> None:
    """Somebody wants what was written in a row that is gone."""
    conflicts = [copy.values | {"id": copy.id} for copy in phone.storage.copies(kind="conflict")]
    gone = [values for values in conflicts if values["state"] == "open" and "gone" in values]
    if gone:
        conflict = rng.choice(gone)
        candidates = [item.get("value") for item in conflict["candidates"].values()]
        phone.replica.resolve(conflict["id"], rng.choice(candidates))


def unit_that_waits(rng: random.Random, phone: SimPhone, other: SimPhone, missing: str) -> str | None:
    """Write a cell of a log together with a note that the server does not know yet, then the same cell again alone.

    The other phone writes that cell too. Return the scope in which the note is missing, None where they share no log.
    """
    shared = [
        copy.id
        for copy in phone.storage.copies(kind="report")
        if phone.replica.view(copy.id) and other.replica.view(copy.id)
    ]
    if not shared:
        return None
    record, path = rng.choice(shared), rng.choice(FIELDS[:2])
    name, told = phone.new_id(), [str(rng.randrange(1000)) for _ in range(3)]
    phone.replica.patch(record, {path: told[0]}, name)
    copy = phone.storage.copy(record)
    assert copy is not None
    patch = Patch(
        op_id=phone.new_id(), n=phone.storage.memory().next_n, at=phone.now(), scope=copy.scope, kind="note",
        id=missing, unit=name, set={"title": Change(value=told[0], was="late")},
    )  # fmt: skip
    _queue(phone, patch.op_id, msgspec.json.encode(patch), record=missing, unit=name)
    phone.replica.patch(record, {path: told[1]})
    other.replica.patch(record, {path: told[2]})
    return copy.scope


def same_log_twice(rng: random.Random, phone: SimPhone, other: SimPhone, day: str) -> None:
    """Two phones begin the log of one day without knowing of each other, at times with two versions of its form."""
    shared = sorted(phone.storage.memory().cursor.seqs.keys() & other.storage.memory().cursor.seqs.keys())
    if shared:
        scope = rng.choice(shared)
        for one in (phone, other):
            _log(one, scope, day, {"day": day, rng.choice(("weather", "safety")): rng.choice(VALUES)})


def _rows(phone: SimPhone, record: str) -> list[str]:
    fields = (phone.replica.view(record) or {}).get("fields") or {}
    rows = fields.get("labour")
    return sorted(key for key, row in rows.items() if isinstance(row, dict)) if isinstance(rows, dict) else []


def garbled(rng: random.Random, phone: SimPhone) -> None:
    """An op that nobody can read but for its number: a bug of some app. It must block nothing."""
    if phone.replica.trust is not ReplicaTrust.FULL:
        return
    op_id, n = phone.new_id(), phone.storage.memory().next_n
    raw = f'{{"action":"levitate","opId":"{op_id}","n":{n},"x":{rng.random()}}}'.encode()
    _queue(phone, op_id, raw, record=op_id)


def _queue(phone: SimPhone, op_id: str, raw: bytes, *, record: str, unit: str | None = None) -> None:
    """Queue an op that the reference phone would not make."""
    with phone.storage.transaction():
        memory = phone.storage.memory()
        phone.storage.enqueue(PendingOp(n=memory.next_n, op_id=op_id, record=record, unit=unit, raw=raw))
        phone.storage.remember(replace(memory, next_n=memory.next_n + 1))


def _on_copy(rng: random.Random, phone: SimPhone, act: Callable[[str], None], *kinds: str) -> None:
    copies = phone.storage.copies(kind=rng.choice(kinds))
    if copies:
        act(rng.choice(copies).id)


#: How often each thing is done.
ACTS: tuple[tuple[int, Act], ...] = (
    (8, create_log),
    (6, create_note),
    (4, check_in),
    (30, patch),
    (6, unit),
    (4, delete),
    (4, sign),
    (6, resolve),
    (1, garbled),
)


def act(rng: random.Random, phone: SimPhone) -> str:
    (chosen,) = rng.choices([row[1] for row in ACTS], [row[0] for row in ACTS])
    chosen(rng, phone)
    return chosen.__name__
