"""Persons who are disabled, and when phones were seen."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "sightings",
        sa.Column("replica", sa.String(length=36), nullable=False),
        sa.Column("seen_at", sa.String(length=32), nullable=False),
        sa.Column("clock", sa.String(length=64), nullable=False),
        sa.Column("report", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("replica", name=op.f("pk_sightings")),
    )
    with op.batch_alter_table("persons", schema=None) as batch_op:
        batch_op.add_column(sa.Column("disabled_at", sa.String(length=32), nullable=True))
