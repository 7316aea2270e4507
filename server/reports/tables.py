"""The projection of reports: the columns by which one is found, and what a list of them shows."""

import sqlalchemy as sa

from server.kernel.tables import metadata

#: ``day`` is the business date, or the site's day of receipt; ``late`` are minutes. ``state`` and ``signature`` are
#: words of the contract; ``state`` is set by a review too, which is no push. ``changed_at``: when it was last pushed.
reports = sa.Table(
    "reports",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("scope", sa.String(64), nullable=False),
    sa.Column("form", sa.String(64), nullable=False),
    sa.Column("form_version", sa.Integer, nullable=False),
    sa.Column("number", sa.String(128)),
    sa.Column("business_date", sa.String(10)),
    sa.Column("person", sa.String(128)),
    sa.Column("author", sa.String(64), nullable=False),
    sa.Column("received_at", sa.String(32), nullable=False),
    sa.Column("deleted", sa.Boolean, nullable=False),
    sa.Column("day", sa.String(10), nullable=False, server_default=sa.text("''")),
    sa.Column("state", sa.String(16), nullable=False, server_default=sa.text("'waiting'")),
    sa.Column("signature", sa.String(16), nullable=False, server_default=sa.text("'none'")),
    sa.Column("late", sa.Integer),
    sa.Column("conflicts", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("flags", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("is_late", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("is_disputed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("is_flagged", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("rev", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("digest", sa.String(64), nullable=False, server_default=sa.text("''")),
    sa.Column("changed_at", sa.String(32), nullable=False, server_default=sa.text("''")),
    sa.Index("ix_reports_number", "scope", "number"),
)


def _index(name: str, *columns: str, where: sa.ColumnElement[bool] | None = None) -> None:
    """Index what is alive (``deleted`` is asked for each time) by day, behind other columns that are asked for."""
    named = (reports.c[column] for column in ("scope", "deleted", *columns, "day", "id"))
    sa.Index(f"ix_reports_{name}", *named, sqlite_where=where, postgresql_where=where)


_index("day")
_index("form", "form")
_index("state", "state")
_index("form_state", "form", "state")
_index("author", "author")
#: What is rare has an index that costs nothing where it is not.
_index("amending", "signature", where=reports.c.signature == sa.literal_column("'amending'"))
for _mark in ("is_late", "is_disputed", "is_flagged"):
    _index(_mark, _mark, where=reports.c[_mark].is_(True))
