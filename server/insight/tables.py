"""Tables of search. What the words themselves are kept in differs by engine, so the migration alone makes it."""

import sqlalchemy as sa

from server.kernel.tables import metadata

#: One row per record that can be found. ``place`` is when the record first came, in milliseconds, with 20 bits that
#: follow from its id: so the latest stand first in either engine without sorting. ``text`` is what is searched.
entries = sa.Table(
    "search_entries",
    metadata,
    sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("record", sa.String(36), nullable=False, unique=True),
    sa.Column("scope", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("form", sa.String(64)),
    sa.Column("day", sa.String(10)),
    sa.Column("number", sa.String(128)),
    sa.Column("person", sa.String(128)),
    sa.Column("by", sa.String(36)),
    sa.Column("about", sa.String(36)),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Index("ix_search_entries_scope", "scope", "place"),
    sa.Index("ix_search_entries_number", "number", "place"),
    sa.Index("ix_search_entries_day", "scope", "day"),
)

#: How far the feed of each scope is indexed, and the floor it had when that was last begun anew. Deleting a row has its
#: scope indexed from the beginning.
marks = sa.Table(
    "search_marks",
    metadata,
    sa.Column("scope", sa.String(64), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("floor", sa.BigInteger, nullable=False),
)

#: The tokens by ``place``: an FTS5 table on SQLite (its ``rowid``), a ``tsvector`` under GIN on PostgreSQL (``entry``).
WORDS = "search_words"
