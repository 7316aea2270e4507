"""The SQL of captures as they are shown on maps and in packages; the follower keeps them."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from media import geo
from mobile_contract.media import Datum, Doubt, Position
from mobile_contract.problems import Refused
from mobile_contract.records import CheckInServer, CheckInValues, Kind, PhotoServer, PhotoValues
from server.insight.seen_tables import seen
from server.kernel import pages
from server.kernel.clock import instant, rfc3339
from server.kernel.database import upsert
from server.replication import server_of, values_of
from sync.state import Record

BY: Final = (seen.c.moment, seen.c.record)
#: Where counting ends.
MOST: Final = 100_000


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Which captures are meant: of a kind, in a box (west, south, east, north in 10⁻⁷ degree), in a time or on days."""

    kind: Kind
    box: tuple[int, int, int, int] | None = None
    begins: str | None = None
    ends: str | None = None
    since: str | None = None
    until: str | None = None


def put(tx: sa.Connection, record: Record) -> None:
    """Put down a capture in place of what was put down of it before; other kinds are passed over."""
    row = _row(record)
    if row is not None:
        upsert(tx, seen, [{"record": record.id, "scope": record.scope, "kind": record.kind, **row}], key=("record",))


def remove(tx: sa.Connection, record: str, scope: str) -> None:
    """Drop a capture that was deleted or has left this scope; in another it stays."""
    tx.execute(sa.delete(seen).where(seen.c.record == record, seen.c.scope == scope))


def clear(tx: sa.Connection, scope: str) -> None:
    """Drop the captures of a scope."""
    tx.execute(sa.delete(seen).where(seen.c.scope == scope))


def page(tx: sa.Connection, scopes: Iterable[str], shown: Shown, after: str, limit: int) -> tuple[Sequence[Any], str]:
    """Return a page of captures of some scopes by moment, and what to ask after it."""
    query = sa.select(seen).where(seen.c.scope == sa.bindparam("scope"), *_matching(shown))
    rows = pages.merged(tx, query, scopes, BY, pages.beyond(after, len(BY)), limit + 1, newest=False)
    return rows[:limit], pages.cursor(rows, BY, limit)


def one(tx: sa.Connection, key: str, kind: Kind) -> sa.Row[Any] | None:
    """Return a capture of a kind."""
    same = (seen.c.record == key, seen.c.kind == kind.value)
    return tx.execute(sa.select(seen).where(*same)).one_or_none()


def count(tx: sa.Connection, scopes: Iterable[str], shown: Shown) -> int:
    """Return how many captures match, at most ``MOST``."""
    found = sa.select(seen.c.record).where(seen.c.scope.in_(sorted(scopes)), *_matching(shown)).limit(MOST).subquery()
    return tx.execute(sa.select(sa.func.count()).select_from(found)).scalar_one()


def of_report(tx: sa.Connection, report: str, scope: str, limit: int) -> list[str]:
    """Return the photographs that belong to a report of a scope, by moment."""
    same = (seen.c.report == report, seen.c.scope == scope)
    return list(tx.scalars(sa.select(seen.c.record).where(*same).order_by(*BY).limit(limit)))


def of_days(tx: sa.Connection, scope: str, kind: Kind, since: str, until: str, limit: int) -> list[str]:
    """Return the captures of a kind on some days of a scope, by moment."""
    same = (seen.c.scope == scope, seen.c.kind == kind.value, seen.c.day.between(since, until))
    return list(tx.scalars(sa.select(seen.c.record).where(*same).order_by(*BY).limit(limit)))


def _matching(shown: Shown) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [seen.c.kind == shown.kind.value]
    if shown.box is not None:
        west, south, east, north = shown.box
        found.append(seen.c.lat.between(south, north))
        across = sa.or_(seen.c.lon >= west, seen.c.lon <= east)
        found.append(seen.c.lon.between(west, east) if west <= east else across)
    for column, least, most in ((seen.c.moment, shown.begins, shown.ends), (seen.c.day, shown.since, shown.until)):
        found += [column >= least] if least is not None else []
        found += [column <= most] if most is not None else []
    return found


def _row(record: Record) -> dict[str, Any] | None:
    if record.kind == Kind.PHOTO:
        photo, of_photo = values_of(record, PhotoValues), server_of(record, PhotoServer)
        captured, position, report = photo.captured, photo.position, photo.report
        day, came = of_photo.business_date, of_photo.received_at
    elif record.kind == Kind.CHECK_IN:
        check_in, of_check_in = values_of(record, CheckInValues), server_of(record, CheckInServer)
        captured, position, report = check_in.captured, check_in.position, None
        day, came = of_check_in.business_date, of_check_in.received_at
    else:
        return None
    moment = instant(captured.at, captured.clock_offset_ms)
    lat, lon = _place(position)
    return {
        "day": day,
        "moment": rfc3339(moment) if moment else came,
        "lat": lat,
        "lon": lon,
        "report": report[:36] if report else None,
    }


def _place(position: Position | None) -> tuple[int | None, int | None]:
    """Return latitude and longitude in WGS-84; None for what is nowhere on Earth."""
    if position is None or geo.doubt_of(position) is Doubt.NOWHERE:
        return None, None
    try:
        fix = geo.convert(position, Datum.WGS84)
    except Refused:
        return None, None
    return fix.lat, fix.lon
