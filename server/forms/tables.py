"""The tables of forms: published versions, of which nothing but their retirement changes, and one draft per form."""

import sqlalchemy as sa

from server.kernel.tables import metadata

#: ``definition`` is the ``FormDefinition`` as JSON, ``source`` what the author sent, from which the XForm is made.
form_versions = sa.Table(
    "form_versions",
    metadata,
    sa.Column("form", sa.String(64), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("definition", sa.Text, nullable=False),
    sa.Column("phone_only", sa.Text, nullable=False),
    sa.Column("source", sa.LargeBinary, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("retired_by", sa.String(64)),
    sa.Column("retired_at", sa.String(32)),
)

form_drafts = sa.Table(
    "form_drafts",
    metadata,
    sa.Column("form", sa.String(64), primary_key=True),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("definition", sa.Text, nullable=False),
    sa.Column("phone_only", sa.Text, nullable=False),
    sa.Column("source", sa.LargeBinary, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
)
