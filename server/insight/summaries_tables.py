"""Tables of summaries: only ever inserted."""

import sqlalchemy as sa

from server.kernel.tables import metadata

#: One row per version of a summary; ``body`` is the ``Summary`` as JSON, which is answered as it stands.
summaries = sa.Table(
    "summaries",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("scope", sa.String(64), nullable=False),
    sa.Column("period", sa.String(8), nullable=False),
    sa.Column("since", sa.String(10), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.UniqueConstraint("scope", "period", "since", "version"),
)

#: One row per record that a figure counts.
counted = sa.Table(
    "summary_records",
    metadata,
    sa.Column("summary", sa.String(36), primary_key=True),
    sa.Column("figure", sa.String(80), primary_key=True),
    sa.Column("record", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
)
