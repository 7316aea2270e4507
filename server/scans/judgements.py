"""The SQL of thresholds, fits and judgements."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from ocr.trust import Fit, shipped
from server.kernel.database import insert_if_absent, insert_rows, upsert
from server.scans.tables import fits, judgements, thresholds

_AT_ONCE = 2000


def threshold_rows(tx: sa.Connection) -> dict[str, Any]:
    """Return the rows of the kinds that were set, by kind."""
    return {row.kind: row for row in tx.execute(sa.select(thresholds))}


def thresholds_in_force(tx: sa.Connection) -> dict[str, int]:
    """Return the thresholds of the kinds that have one."""
    return {kind: row.threshold for kind, row in threshold_rows(tx).items() if row.threshold is not None}


def set_threshold(tx: sa.Connection, row: dict[str, Any]) -> None:
    """Store the threshold of a kind."""
    upsert(tx, thresholds, [row], key=("kind",))


def fit_in_force(tx: sa.Connection) -> Fit:
    """Return the fit that judges: the last one taken, else the one that is shipped."""
    body = tx.scalar(sa.select(fits.c.body).order_by(fits.c.number.desc()).limit(1))
    return shipped() if body is None else msgspec.json.decode(body, type=Fit)


def take_fit(tx: sa.Connection, row: dict[str, Any]) -> None:
    """Put a fit in force."""
    number = tx.scalar(sa.select(sa.func.coalesce(sa.func.max(fits.c.number), 0))) or 0
    insert_rows(tx, fits, [{"number": number + 1, **row}])


def keep_judgements(tx: sa.Connection, rows: list[dict[str, Any]]) -> None:
    """Insert judgements of values; those that are stored stay as they are."""
    if rows:
        insert_if_absent(tx, judgements, rows)


def all_judgements(tx: sa.Connection) -> Iterator[Mapping[str, Any]]:
    """Return all judgements in the order of their extractions and paths, read a page at a time."""
    last = ("", "")
    while rows := tx.execute(_PAGE, {"extraction": last[0], "path": last[1]}).mappings().all():
        for row in rows:
            yield {**row, **{name: msgspec.json.decode(row[name]) for name in _JSON}}
        last = (rows[-1]["extraction"], rows[-1]["path"])


_JSON = ("grounds", "proposed", "confirmed")
_KEY = (judgements.c.extraction, judgements.c.path)
_AFTER = sa.tuple_(sa.bindparam("extraction", type_=sa.String), sa.bindparam("path", type_=sa.String))
_PAGE = sa.select(judgements).where(sa.tuple_(*_KEY) > _AFTER).order_by(*_KEY).limit(_AT_ONCE)
