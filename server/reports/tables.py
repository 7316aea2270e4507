"""The projection of reports: the columns by which one is found."""

import sqlalchemy as sa

from server.kernel.tables import metadata

reports = sa.Table(
    "reports",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("scope", sa.String(64), nullable=False),
    sa.Column("form", sa.String(64), nullable=False),
    sa.Column("form_version", sa.Integer, nullable=False),
    sa.Column("number", sa.String(128)),
    sa.Column("business_date", sa.String(10)),
    sa.Column("person", sa.String(128)),
    sa.Column("author", sa.String(64), nullable=False),
    sa.Column("received_at", sa.String(32), nullable=False),
    sa.Column("deleted", sa.Boolean, nullable=False),
    sa.Index("ix_reports_date", "scope", "form", "business_date"),
    sa.Index("ix_reports_number", "scope", "number"),
)
