"""Captures as they are compared, and what was found."""

import sqlalchemy as sa

from server.kernel.tables import metadata

#: One row per photograph and check-in. ``at`` is the time of capture, corrected by the device's clock offset, null if
#: it is not readable; the position is WGS-84; ``place`` is a stake or part as it is compared, empty where none was
#: named. ``phash`` is 16 hex digits; ``band0`` … ``band3`` are its four times 16 bits, each with an index of its own:
#: two hashes that differ in at most 7 bits have a band in which they differ in at most one.
captures = sa.Table(
    "captures",
    metadata,
    sa.Column("record", sa.String(36), primary_key=True),
    sa.Column("scope", sa.String(64), nullable=False),
    sa.Column("person", sa.String(36), nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("place", sa.String(200), nullable=False, server_default=sa.text("''")),
    sa.Column("at", sa.String(32)),
    sa.Column("clock_offset_ms", sa.BigInteger),
    sa.Column("lat", sa.BigInteger),
    sa.Column("lon", sa.BigInteger),
    sa.Column("accuracy_cm", sa.BigInteger),
    sa.Column("sha256", sa.String(64), index=True),
    sa.Column("phash", sa.String(16)),
    *(sa.Column(f"band{number}", sa.Integer) for number in range(4)),
    sa.Index("ix_captures_journey", "person", "at"),
    *(sa.Index(f"ix_captures_band{number}", "scope", f"band{number}") for number in range(4)),
)

#: One row per finding; of two captures, ``record`` is the one with the smaller id. ``params`` is JSON: what was found
#: and decided stays decided for as long as it stays the same.
evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("code", sa.String(40), nullable=False),
    sa.Column("record", sa.String(36), sa.ForeignKey(captures.c.record), nullable=False, index=True),
    sa.Column("other", sa.String(36), sa.ForeignKey(captures.c.record), index=True),
    sa.Column("params", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("found_at", sa.String(32), nullable=False),
    sa.Column("by", sa.String(36)),
    sa.Column("at", sa.String(32)),
    sa.Column("reason", sa.String(500)),
)
sa.Index("ix_evidence_state", evidence.c.state, evidence.c.id)
