"""The SQL of lists of reports: pages, counts, and the days of a month."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from mobile_contract.reports import ReportFilter, ReportState, Signature
from server.kernel import pages
from server.reports.tables import reports

#: Where counting ends: what a page says then is "that many or more".
MOST: Final = 10_000
BY: Final = (reports.c.day, reports.c.id)
_LIVING: Final = reports.c.deleted.is_(False)


def page(
    tx: sa.Connection, scopes: Iterable[str], asked: ReportFilter, after: str, limit: int, *, newest: bool
) -> tuple[Sequence[Any], str]:
    """Return a page of the reports of some scopes that match, by day, and what to ask after it."""
    query = sa.select(reports).where(reports.c.scope == sa.bindparam("scope"), *matching(asked))
    beyond = pages.beyond(after, len(BY))
    rows = pages.merged(tx, query, scopes, BY, beyond, limit + 1, newest=newest)
    return rows[:limit], pages.cursor(rows, BY, limit)


def count(tx: sa.Connection, scopes: Iterable[str], asked: ReportFilter) -> int:
    """Return how many reports of some scopes match, at most ``MOST``."""
    within = reports.c.scope.in_(sorted(scopes))
    found = sa.select(reports.c.id).where(within, *matching(asked)).limit(MOST).subquery()
    return tx.execute(sa.select(sa.func.count()).select_from(found)).scalar_one()


def matching(asked: ReportFilter) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a filter, but for its place.

    What leads an index, the narrowest first, is named as it is, and what stands beside it is hidden from the engine:
    without statistics SQLite takes an index of two equal ones by chance.
    """
    led = False
    found: list[sa.ColumnElement[bool]] = [_LIVING]
    for column, wanted in (
        (reports.c.is_disputed, asked.conflicts),
        (reports.c.is_flagged, asked.flags),
        (reports.c.is_late, asked.late),
    ):
        if wanted is not None:
            found.append(column.is_(wanted) if wanted and not led else sa.func.coalesce(column, sa.null()) == wanted)
            led = led or wanted
    if asked.signature is not None:
        leads = asked.signature is Signature.AMENDING and not led
        word: sa.ColumnElement[str] = sa.literal_column(f"'{asked.signature.value}'")
        found.append(reports.c.signature == word if leads else _hidden(reports.c.signature) == word)
        led = led or leads
    for column, text in (
        (reports.c.author, asked.author),
        (reports.c.form, asked.form),
        (reports.c.state, asked.state),
    ):
        if text is not None:
            found.append((_hidden(column) if led else column) == str(text))
            led = led or column is reports.c.author
    if asked.person is not None:
        found.append(reports.c.person == asked.person)
    found += [reports.c.day >= asked.since] if asked.since is not None else []
    found += [reports.c.day <= asked.until] if asked.until is not None else []
    found += [reports.c.changed_at <= asked.as_of] if asked.as_of is not None else []
    return found


def _hidden(column: sa.Column[str]) -> sa.ColumnElement[str]:
    return sa.func.coalesce(column, "")


def of_month(
    tx: sa.Connection, scopes: Sequence[str], form: str, since: str, until: str, limit: int
) -> Sequence[sa.Row[Any]]:
    """Return the living reports of a form whose day lies in a month, by scope and day."""
    same = (reports.c.scope.in_(scopes), _LIVING, reports.c.form == form)
    query = sa.select(reports).where(*same, reports.c.day.between(since, until))
    return tx.execute(query.order_by(reports.c.scope, reports.c.day, reports.c.id).limit(limit)).all()


def stand(tx: sa.Connection, key: str, state: ReportState) -> None:
    """Put down how a report stands after a review."""
    tx.execute(sa.update(reports).where(reports.c.id == key).values(state=state.value))
