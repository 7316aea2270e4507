"""The SQL of finding a report."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from server.reports.tables import reports

COLUMNS = ("form", "number", "business_date", "person")


def authors(tx: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    """Return, by report id, the person who first wrote it."""
    rows = tx.execute(sa.select(reports.c.id, reports.c.author).where(reports.c.id.in_(ids))) if ids else ()
    return {row.id: row.author for row in rows}


def forget(tx: sa.Connection, ids: Sequence[str]) -> None:
    """Drop the rows of reports that were deleted and that the feed forgets."""
    tx.execute(sa.delete(reports).where(reports.c.id.in_(ids)))


def find(tx: sa.Connection, scopes: Iterable[str], wanted: dict[str, str], limit: int) -> Sequence[str]:
    """Return ids of live reports in some scopes whose columns have the wanted values, latest first."""
    query = sa.select(reports.c.id).where(reports.c.scope.in_(sorted(scopes)), reports.c.deleted.is_(False))
    for column, value in wanted.items():
        query = query.where(reports.c[column] == value)
        if column == "business_date":  # it is the day then, which the indexes have
            query = query.where(reports.c.day == value)
    return tx.scalars(query.order_by(reports.c.received_at.desc(), reports.c.id).limit(limit)).all()
