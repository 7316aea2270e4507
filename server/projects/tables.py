"""Projects, sections, and fences by version."""

import sqlalchemy as sa

from server.kernel.tables import metadata

projects = sa.Table(
    "projects",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("code", sa.String(40), nullable=False, unique=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("lat", sa.BigInteger, nullable=False),
    sa.Column("lon", sa.BigInteger, nullable=False),
    sa.Column("time_zone", sa.String(64), nullable=False),
    sa.Column("began", sa.String(10)),
    sa.Column("night_shift_ends", sa.String(5)),
    sa.Column("created_at", sa.String(32), nullable=False),
)

sections = sa.Table(
    "sections",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("project", sa.String(36), sa.ForeignKey(projects.c.id), nullable=False),
    sa.Column("code", sa.String(100), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("contractor", sa.String(100), nullable=False),
    sa.Column("contractor_code", sa.String(18)),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.UniqueConstraint("project", "code"),
)

#: One fence per scope, every version of it. The first holds from the beginning of time (``valid_from`` empty): a site
#: stands before its fence is drawn, and what was captured meanwhile is judged too. A circle has a radius, a polygon
#: ``rings``: a JSON list, as in the contract.
fences = sa.Table(
    "fences",
    metadata,
    sa.Column("scope", sa.String(64), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("lat", sa.BigInteger, nullable=False),
    sa.Column("lon", sa.BigInteger, nullable=False),
    sa.Column("radius_cm", sa.BigInteger),
    sa.Column("rings", sa.Text),
    sa.Column("valid_from", sa.String(32), nullable=False),
    sa.Column("drawn_by", sa.String(36), nullable=False),
)
