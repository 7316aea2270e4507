"""The tables of the ground floor, and the metadata every domain's tables register with."""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: One row per stream: a scope, or ``system``. Its lock is what makes commit order equal sequence order. ``seq`` is the
#: head of the scope's feed, ``sum`` and ``live`` its checksum; ``pos`` and ``head`` the end of its journal chain.
#: ``unsealed`` is set by every write and taken away by the sealer: a mark and not a position, because an index on what
#: changes with every write would cost every write.
streams = sa.Table(
    "streams",
    metadata,
    sa.Column("stream", sa.String(64), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("sum", sa.String(16), nullable=False, server_default="0" * 16),
    sa.Column("live", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("pos", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("head", sa.String(64), nullable=False, server_default="0" * 64),
    sa.Column("unsealed", sa.Boolean, nullable=False, server_default=sa.true()),
)
sa.Index(
    "ix_streams_unsealed",
    streams.c.stream,
    sqlite_where=sa.text("unsealed = 1"),
    postgresql_where=sa.text("unsealed"),
)

#: Append-only. A row that answers an op is its receipt, its place in the op log and its leaf at once.
journal = sa.Table(
    "journal",
    metadata,
    sa.Column("stream", sa.String(64), primary_key=True),
    sa.Column("pos", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("event", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(128), nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("replica", sa.String(36)),
    sa.Column("op_id", sa.String(64)),
    sa.Column("n", sa.BigInteger),
    sa.Column("body_hash", sa.String(64)),
    sa.Column("receipt", sa.Text),
    sa.Column("leaf", sa.String(64), nullable=False),
)
sa.Index(
    "ix_journal_op",
    journal.c.replica,
    journal.c.op_id,
    journal.c.body_hash,
    unique=True,
    sqlite_where=journal.c.replica.is_not(None),
    postgresql_where=journal.c.replica.is_not(None),
)

#: The timeline of a record; within a moment its rows are sorted when they are read.
sa.Index("ix_journal_subject", journal.c.subject, journal.c.at)

#: Facts about this database itself; ``epoch`` changes when it is restored.
meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
