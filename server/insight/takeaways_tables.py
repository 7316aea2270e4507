"""The table of takeaways."""

import sqlalchemy as sa

from server.kernel.tables import metadata

#: One row per takeaway. ``asked`` is a ``NewTakeaway`` as JSON, ``scopes`` what it was made of: a JSON list, without
#: which its person must not read it any more. ``sha256`` names its file in the blob store.
takeaways = sa.Table(
    "takeaways",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("person", sa.String(36), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("asked", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer),
    sa.Column("scopes", sa.Text),
    sa.Column("name", sa.String(200)),
    sa.Column("media_type", sa.String(100)),
    sa.Column("sha256", sa.String(64)),
    sa.Column("size", sa.BigInteger),
    sa.Column("problem", sa.String(64)),
    sa.Column("asked_at", sa.String(32), nullable=False),
    sa.Column("as_of", sa.String(32)),
    sa.Column("expires_at", sa.String(32), nullable=False, index=True),
    sa.Index("ix_takeaways_person", "person", "id"),
)
