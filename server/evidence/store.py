"""The SQL of evidence."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from media.evidence import CaptureFacts
from mobile_contract.evidence import EvidenceState
from server.evidence import model
from server.evidence.model import FlagAct
from server.evidence.tables import captures, evidence
from server.kernel.clock import rfc3339
from server.kernel.database import insert, upsert

_OTHER = captures.alias("other_side")


# Captures ------------------------------------------------------------------------------------------------------------


def keep(tx: sa.Connection, scope: str, capture: CaptureFacts) -> None:
    """Insert a capture, or update it."""
    upsert(tx, captures, [model.capture_row(scope, capture)], key=("record",))


def with_file(tx: sa.Connection, sha256: str, after: str, limit: int) -> Sequence[str]:
    """Return up to ``limit`` record ids of captures of a file, in order, those behind ``after``."""
    same = (captures.c.sha256 == sha256, captures.c.record > after)
    return tx.scalars(sa.select(captures.c.record).where(*same).order_by(captures.c.record).limit(limit)).all()


def same_file(tx: sa.Connection, scope: str, capture: CaptureFacts, limit: int) -> list[CaptureFacts]:
    """Return other captures of the same file: those of this scope first, then those of any other; the earliest first.

    Not those of the same person on the same day at the same place.
    """
    if capture.sha256 is None:
        return []
    elsewhere = sa.case((captures.c.scope == scope, 0), else_=1)
    query = sa.select(captures).where(captures.c.sha256 == capture.sha256, *_reused(capture))
    return _read(tx, query.order_by(elsewhere, captures.c.day, captures.c.record).limit(limit))


def looking_alike(tx: sa.Connection, scope: str, capture: CaptureFacts) -> list[CaptureFacts]:
    """Return captures of one scope whose pictures may look alike: candidates, to be compared bit by bit."""
    if capture.phash is None:
        return []
    found: dict[str, CaptureFacts] = {}
    for number, band in enumerate(model.bands(capture.phash)):
        near = captures.c[f"band{number}"].in_(model.near(band))
        query = sa.select(captures).where(captures.c.scope == scope, near, *_reused(capture))
        found |= {other.record: other for other in _read(tx, query.limit(model.CANDIDATES))}
    return list(found.values())


def neighbours(tx: sa.Connection, capture: CaptureFacts) -> list[CaptureFacts]:
    """Return the captures of the same person before and after one in time: the nearest, and the nearest with a fix."""
    if capture.at is None:
        return []
    at = rfc3339(capture.at)
    mine = (captures.c.person == capture.person, captures.c.record != capture.record)
    found: dict[str, CaptureFacts] = {}
    for fixed in ((), (captures.c.accuracy_cm.is_not(None),)):
        before = sa.select(captures).where(*mine, *fixed, captures.c.at <= at).order_by(captures.c.at.desc()).limit(1)
        after = sa.select(captures).where(*mine, *fixed, captures.c.at >= at).order_by(captures.c.at).limit(1)
        found |= {other.record: other for query in (before, after) for other in _read(tx, query)}
    return list(found.values())


def _reused(capture: CaptureFacts) -> tuple[sa.ColumnElement[bool], ...]:
    other_place = sa.and_(captures.c.place != "", sa.literal(capture.place) != "", captures.c.place != capture.place)
    elsewhere = sa.or_(captures.c.scope != capture.scope, other_place)
    again = sa.or_(captures.c.person != capture.person, captures.c.day != capture.day, elsewhere)
    return captures.c.record != capture.record, again


def _read(tx: sa.Connection, query: sa.Select[Any]) -> list[CaptureFacts]:
    return [model.capture_of(row._asdict()) for row in tx.execute(query)]


# Findings ------------------------------------------------------------------------------------------------------------


def find(tx: sa.Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Insert findings. One that is stored with the same figures keeps its state; with other figures it opens anew."""
    statement = insert(tx, evidence)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["id"],
        set_={
            "params": new.params,
            "state": new.state,
            "found_at": new.found_at,
            "by": None,
            "at": None,
            "reason": None,
        },
        where=evidence.c.params != new.params,
    )
    for row in rows:
        tx.execute(statement, row)


def withdraw(tx: sa.Connection, record: str, standing: Collection[str]) -> None:
    """Delete open findings about a record unpaired (no pair) whose ids are not among ``standing``."""
    unpaired = (
        evidence.c.record == record,
        evidence.c.other.is_(None),
        evidence.c.state.in_(model.FLAGS.before(FlagAct.WITHDRAW)),
    )
    tx.execute(sa.delete(evidence).where(*unpaired, evidence.c.id.not_in(standing)))


def any_about(tx: sa.Connection, record: str) -> bool:
    """Return whether a finding about a record is stored."""
    sides = sa.or_(evidence.c.record == record, evidence.c.other == record)
    return tx.execute(sa.select(evidence.c.id).where(sides).limit(1)).first() is not None


def beside(tx: sa.Connection, record: str, limit: int) -> set[str]:
    """Return the ids of records that share a finding with a record, up to ``limit`` from each side."""
    here = sa.select(evidence.c.other).where(evidence.c.record == record, evidence.c.other.is_not(None)).limit(limit)
    there = sa.select(evidence.c.record).where(evidence.c.other == record).limit(limit)
    return {*tx.scalars(here), *tx.scalars(there)}


def standing(tx: sa.Connection, record: str, limit: int) -> Sequence[sa.Row[Any]]:
    """Return the undismissed findings about a record whose sides lie in one scope, the earliest first."""
    return tx.execute(
        _with_sides()
        .where(sa.or_(evidence.c.record == record, evidence.c.other == record))
        .where(evidence.c.state != EvidenceState.DISMISSED)
        .where(sa.or_(evidence.c.other.is_(None), captures.c.scope == _OTHER.c.scope))
        .order_by(evidence.c.found_at, evidence.c.id)
        .limit(limit)
    ).all()


def one(tx: sa.Connection, key: str) -> sa.Row[Any] | None:
    """Return a finding, with the scopes and people of both sides."""
    return tx.execute(_with_sides().where(evidence.c.id == key)).one_or_none()


def asked_for(scopes: Collection[str] | None, code: str | None) -> list[sa.ColumnElement[bool]]:
    """Return the SQL conditions of findings with a side in some scopes, of one code; None: any."""
    found: list[sa.ColumnElement[bool]] = [] if code is None else [evidence.c.code == code]
    if scopes is not None:
        named = sorted(scopes)
        found.append(sa.or_(captures.c.scope.in_(named), _OTHER.c.scope.in_(named)))
    return found


def listing(
    tx: sa.Connection,
    scopes: Iterable[str],
    state: str,
    after: str,
    limit: int,
    *,
    across: bool = False,
    narrower: Sequence[sa.ColumnElement[bool]] = (),
) -> Sequence[sa.Row[Any]]:
    """Return findings in a state whose sides both lie in ``scopes``, by id; with ``across`` also all between two."""
    mine = list(scopes)
    visible = sa.and_(captures.c.scope.in_(mine), sa.or_(evidence.c.other.is_(None), _OTHER.c.scope.in_(mine)))
    if across:
        visible = sa.or_(visible, captures.c.scope != _OTHER.c.scope)
    return tx.execute(
        _with_sides()
        .where(evidence.c.state == state, evidence.c.id > after, visible, *narrower)
        .order_by(evidence.c.id)
        .limit(limit)
    ).all()


def decide(tx: sa.Connection, key: str, decision: dict[str, Any]) -> None:
    """Store a decision about a finding."""
    tx.execute(sa.update(evidence).where(evidence.c.id == key).values(decision))


def _with_sides() -> sa.Select[Any]:
    sides = (
        captures.c.scope,
        captures.c.person,
        _OTHER.c.scope.label("other_scope"),
        _OTHER.c.person.label("other_person"),
    )
    joined = evidence.join(captures, evidence.c.record == captures.c.record)
    return sa.select(evidence, *sides).select_from(joined.outerjoin(_OTHER, evidence.c.other == _OTHER.c.record))
