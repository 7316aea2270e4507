"""What happened to a record is found in the journal."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_index("ix_journal_subject", "journal", ["subject", "at"])
