"""What lists of reports show, and the indexes in whose order they are read."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

AT_ONCE = 1000
INDEXES = {"day": (), "form": ("form",), "state": ("state",), "form_state": ("form", "state"), "author": ("author",)}


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.add_column(sa.Column("day", sa.String(length=10), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(
            sa.Column("state", sa.String(length=16), server_default=sa.text("'waiting'"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("signature", sa.String(length=16), server_default=sa.text("'none'"), nullable=False)
        )
        batch_op.add_column(sa.Column("late", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("conflicts", sa.Integer(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("flags", sa.Integer(), server_default=sa.text("0"), nullable=False))
        for name in ("is_late", "is_disputed", "is_flagged"):
            batch_op.add_column(sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("rev", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("digest", sa.String(length=64), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("changed_at", sa.String(length=32), server_default=sa.text("''"), nullable=False))
        batch_op.drop_index(batch_op.f("ix_reports_date"))
    _fill(op.get_bind())
    for name, columns in INDEXES.items():
        op.create_index(f"ix_reports_{name}", "reports", ["scope", "deleted", *columns, "day", "id"])
    _rare("amending", "signature", "signature = 'amending'", "signature = 'amending'")
    for name in ("is_late", "is_disputed", "is_flagged"):
        _rare(name, name, f"{name} IS 1", f"{name} IS true")


def _rare(name: str, column: str, on_sqlite: str, on_postgresql: str) -> None:
    op.create_index(
        f"ix_reports_{name}",
        "reports",
        ["scope", "deleted", column, "day", "id"],
        sqlite_where=sa.text(on_sqlite),
        postgresql_where=sa.text(on_postgresql),
    )


def _fill(tx: sa.Connection) -> None:
    """Read from the records what their rows say from now on."""
    reports = sa.table(
        "reports",
        *map(sa.column, ("id", "day", "state", "signature", "late", "conflicts", "flags", "rev", "digest")),
        *map(sa.column, ("is_late", "is_disputed", "is_flagged", "changed_at", "business_date", "received_at")),
    )
    records = sa.table("records", *map(sa.column, ("id", "rev", "digest", "server")))
    joined = sa.select(reports.c.id, reports.c.business_date, reports.c.received_at, *list(records.c)[1:])
    joined = joined.join_from(reports, records, reports.c.id == records.c.id).order_by(reports.c.id).limit(AT_ONCE)
    change = sa.update(reports).where(reports.c.id == sa.bindparam("key"))
    after = ""
    while rows := tx.execute(joined.where(reports.c.id > after)).all():
        after = rows[-1].id
        for row in rows:
            server = json.loads(row.server)
            review, signed = server.get("review") or {}, server.get("signed") or []
            late = (server.get("late") or {}).get("minutes")
            conflicts, flags = len(server.get("openConflicts") or ()), len(server.get("fieldFlags") or ())
            signature = "none" if not signed else "signed" if signed[-1]["digest"] == row.digest else "amending"
            values = {
                "day": row.business_date or row.received_at[:10],
                "state": review["state"] if review.get("digest") == row.digest else "waiting",
                "signature": signature,
                "late": late,
                "conflicts": conflicts,
                "flags": flags,
                "is_late": late is not None,
                "is_disputed": conflicts > 0,
                "is_flagged": flags > 0,
                "rev": row.rev,
                "digest": row.digest,
                "changed_at": row.received_at,
            }
            tx.execute(change.values(values), {"key": row.id})
