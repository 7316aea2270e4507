"""Conflicts as rows, and what parked ops are about."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

AT_ONCE = 1000


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "conflicts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("record", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts")),
    )
    op.create_index("ix_conflicts_listing", "conflicts", ["scope", "state", "at", "id"])
    op.create_index(op.f("ix_conflicts_record"), "conflicts", ["record"])
    with op.batch_alter_table("parked", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("code", sa.String(length=64), nullable=True))
    _fill(op.get_bind())


def _fill(tx: sa.Connection) -> None:
    """Read from the records what is found by rows from now on."""
    records = sa.table("records", *map(sa.column, ("id", "scope", "kind", "deleted", "values", "server")))
    conflicts = sa.table("conflicts", *map(sa.column, ("id", "scope", "record", "kind", "state", "at")))
    parked = sa.table("parked", *map(sa.column, ("id", "kind", "code")))
    about = sa.update(parked).where(parked.c.id == sa.bindparam("key"))
    query = sa.select(records).where(records.c.kind.in_(("conflict", "parked")), records.c.deleted.is_(False))
    after = ""
    while rows := tx.execute(query.where(records.c.id > after).order_by(records.c.id).limit(AT_ONCE)).all():
        after = rows[-1].id
        for row in rows:
            values, server = json.loads(row.values), json.loads(row.server)
            if row.kind == "conflict":
                made = {
                    "id": row.id,
                    "scope": row.scope.removeprefix("archive:"),
                    "record": values["record"],
                    "kind": values["kind"],
                    "state": values.get("state", "open"),
                    "at": server["receivedAt"],
                }
                tx.execute(sa.insert(conflicts).values(made))
            else:
                sent = values.get("op")
                kind = sent.get("kind") if isinstance(sent, dict) else None
                tx.execute(
                    about.values(kind=kind[:32] if isinstance(kind, str) else None, code=values["code"][:64]),
                    {"key": row.id},
                )
