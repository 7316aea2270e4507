"""Tables of replication: the records with their place in the feed, and the replicas that write them."""

import sqlalchemy as sa

from server.kernel.tables import metadata

#: ``values`` and ``server`` are JSON text, encoded once when written; a page of the feed joins them as they are.
records = sa.Table(
    "records",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("scope", sa.String(64), nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("rev", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("deleted", sa.Boolean, nullable=False),
    sa.Column("values", sa.Text, nullable=False),
    sa.Column("server", sa.Text, nullable=False),
    sa.Index("ix_records_feed", "scope", "seq", unique=True),
    sa.Index("ix_records_kind", "scope", "kind", "seq"),
)

#: One row per replica: the highest op number it used, and its clock at the last exchange.
replicas = sa.Table(
    "replicas",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("person", sa.String(64), nullable=False),
    sa.Column("last_n", sa.BigInteger, nullable=False),
    sa.Column("clock", sa.String(64), nullable=False),
    sa.Column("seen_at", sa.String(32), nullable=False),
)
