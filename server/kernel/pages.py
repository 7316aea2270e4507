"""Pages of a list in the order of some columns: what a client sends back for the next page, and the rows of one.

A list over many scopes is read scope by scope, each from an index that begins with the scope and ends with the columns
of the order, and merged here: what a page costs follows from the scopes and the length of the page, and never from how
much there is.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final

import sqlalchemy as sa
from litestar.params import QueryParameter

from mobile_contract.problems import Refused

#: What stands between the parts of a cursor: neither ids, days nor instants have it.
_BETWEEN: Final = "~"
#: The type of a parameter that is a cursor; it is opaque to clients.
After = Annotated[str, QueryParameter(max_length=160, pattern=r"^[0-9A-Za-z:.~-]*$")]

Key = tuple[str, ...]


def cursor(rows: Sequence[Any], by: Sequence[sa.Column[Any]], limit: int) -> str:
    """Return what to ask for after the first ``limit`` of some rows; empty where there are no more."""
    return _BETWEEN.join(_key(rows[limit - 1], by)) if len(rows) > limit else ""


def beyond(text: str, parts: int) -> Key | None:
    """Read a cursor back; None for an empty one, which is the first page. Raise ``request.invalid`` for no cursor."""
    if not text:
        return None
    key = tuple(text.split(_BETWEEN))
    if len(key) != parts:
        raise Refused("request.invalid", reason="after: not what a page gave as its `next`")
    return key


def ordered(query: sa.Select[Any], by: Sequence[sa.Column[str]], after: Key | None, *, newest: bool) -> sa.Select[Any]:
    """Return a query in the order of some columns, the last of them unique, from beyond a key."""
    if after is not None:
        key = sa.tuple_(*by)
        query = query.where(key < after if newest else key > after)
    return query.order_by(*(column.desc() if newest else column for column in by))


def merged(
    tx: sa.Connection,
    query: sa.Select[Any],
    scopes: Iterable[str],
    by: Sequence[sa.Column[str]],
    after: Key | None,
    limit: int,
    *,
    newest: bool,
) -> list[Any]:
    """Return the first ``limit`` rows of ``query`` over some scopes; it names its scope by the parameter ``scope``."""
    asked = ordered(query, by, after, newest=newest).limit(limit)
    edge = sa.tuple_(*by), sa.tuple_(*(sa.bindparam(f"edge_{column.name}", type_=sa.String) for column in by))
    closer = asked.where(edge[0] > edge[1] if newest else edge[0] < edge[1])
    rows: list[Any] = []
    for scope in sorted(scopes):
        if len(rows) < limit:
            found = tx.execute(asked, {"scope": scope})
        else:  # a page is full: only what comes before its end counts
            names = (f"edge_{column.name}" for column in by)
            found = tx.execute(closer, {"scope": scope, **dict(zip(names, _key(rows[-1], by), strict=True))})
        if more := found.all():
            rows = sorted([*rows, *more], key=lambda row: _key(row, by), reverse=newest)[:limit]
    return rows


def _key(row: Any, by: Sequence[sa.Column[Any]]) -> Key:
    return tuple(str(getattr(row, column.name)) for column in by)
