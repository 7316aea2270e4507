"""The one table of jobs, on both engines."""

import sqlalchemy as sa

from server.kernel.tables import metadata

#: ``run_at`` is when a ready job may start and when a running one loses its lease: always "the next time to look".
#: ``dedupe`` is taken away by the claim, so that a request that comes while the job runs makes a new one.
#: ``person`` is for whom it is done (empty: for no one person); ``lane`` and ``turn`` say where it waits:
#: see ``server.jobs.store``.
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
    sa.Column("person", sa.String(36), nullable=False, server_default=sa.text("''")),
    sa.Column("lane", sa.String(8), nullable=False, server_default="light"),
    sa.Column("turn", sa.BigInteger, nullable=False, server_default="0"),
    sa.UniqueConstraint("kind", "dedupe"),
)
sa.Index("ix_jobs_look", jobs.c.state, jobs.c.lane, jobs.c.run_at)
sa.Index("ix_jobs_next", jobs.c.lane, jobs.c.state, jobs.c.priority.desc(), jobs.c.turn, jobs.c.run_at)
sa.Index("ix_jobs_turns", jobs.c.lane, jobs.c.person, jobs.c.turn)
