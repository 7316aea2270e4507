"""The tree over all streams of the journal. Its leaves and heads are only ever inserted."""

import sqlalchemy as sa

from server.kernel.tables import metadata

#: Which journal row is which leaf. That a row is in the tree is said here and nowhere else; ``streams.unsealed`` only
#: says where to look. The hash stands here again, so that a row that was altered can be named.
leaves = sa.Table(
    "leaves",
    metadata,
    sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("stream", sa.String(64), nullable=False),
    sa.Column("pos", sa.BigInteger, nullable=False),
    sa.Column("leaf", sa.LargeBinary(32), nullable=False),
    sa.UniqueConstraint("stream", "pos"),
)

#: Its one row is the right edge of the tree, and the lease of the sealer that appends to it.
tree = sa.Table(
    "tree",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("peaks", sa.LargeBinary, nullable=False),
    sa.Column("holder", sa.String(36), nullable=False),
    sa.Column("until", sa.String(32), nullable=False),
)

#: What the tree was at a size, signed. ``at`` is RFC 3339; ``key`` is the public half of the key that signed, whose
#: private half is a file and never here.
heads = sa.Table(
    "heads",
    metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("root", sa.LargeBinary(32), nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("key", sa.LargeBinary(32), nullable=False),
    sa.Column("signature", sa.LargeBinary(64), nullable=False),
)
