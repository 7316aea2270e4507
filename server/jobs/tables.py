"""The one table of jobs, on both engines."""

import sqlalchemy as sa

from server.kernel.tables import metadata

#: ``run_at`` is when a ready job may start and when a running one loses its lease: always "the next time to look".
#: ``dedupe`` is taken away by the claim, so that a request that comes while the job runs makes a new one.
jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("args", sa.Text, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("max_attempts", sa.Integer, nullable=False),
    sa.Column("run_at", sa.String(32), nullable=False),
    sa.Column("token", sa.String(36)),
    sa.Column("dedupe", sa.String(160)),
    sa.Column("reason", sa.Text),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.UniqueConstraint("kind", "dedupe"),
)
sa.Index("ix_jobs_look", jobs.c.state, jobs.c.run_at)
