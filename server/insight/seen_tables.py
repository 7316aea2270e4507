"""Captures as they are shown on maps and in packages."""

import sqlalchemy as sa

from server.kernel.tables import metadata

#: One row per live photograph and check-in. ``moment`` is when it was captured, its device's clock corrected, else when
#: it came (RFC 3339, UTC); the position is WGS-84, null where there is none on Earth.
seen = sa.Table(
    "seen_captures",
    metadata,
    sa.Column("record", sa.String(36), primary_key=True),
    sa.Column("scope", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("moment", sa.String(32), nullable=False),
    sa.Column("lat", sa.BigInteger),
    sa.Column("lon", sa.BigInteger),
    sa.Column("report", sa.String(36), index=True),
    sa.Index("ix_seen_captures_moment", "scope", "kind", "moment", "record"),
    sa.Index("ix_seen_captures_day", "scope", "day"),
)
