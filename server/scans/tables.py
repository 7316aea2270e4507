"""What was read, as it is compared, and the pairs that somebody should look at."""

import sqlalchemy as sa

from server.kernel.tables import metadata

#: One row per extraction of a known form. ``answers`` is JSON: a short digest by path; ``report`` the id that a report
#: of its natural key has, null where the form has none or the key was not read.
readings = sa.Table(
    "readings",
    metadata,
    sa.Column("extraction", sa.String(36), primary_key=True),
    sa.Column("scope", sa.String(64), nullable=False),
    sa.Column("form", sa.String(64), nullable=False),
    sa.Column("serial", sa.String(64), nullable=False),
    sa.Column("report", sa.String(36)),
    sa.Column("answers", sa.Text, nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Index("ix_readings_form", "scope", "form", "at"),
)

#: One row per pair: an extraction, and an older extraction or a report that may be the same. ``reasons`` is JSON.
duplicates = sa.Table(
    "duplicates",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("scope", sa.String(64), nullable=False),
    sa.Column("extraction", sa.String(36), nullable=False, index=True),
    sa.Column("other", sa.String(36), nullable=False),
    sa.Column("reasons", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("found_at", sa.String(32), nullable=False),
    sa.Column("decided_by", sa.String(36)),
    sa.Column("decided_at", sa.String(32)),
    sa.Column("reason", sa.Text),
    sa.Index("ix_duplicates_listing", "scope", "state", "id"),
)
