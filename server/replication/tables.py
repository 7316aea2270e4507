"""Tables of replication: the records with their place in the feed, and the replicas that write them."""

import sqlalchemy as sa

from server.kernel.tables import metadata

#: ``values`` and ``server`` are JSON text, encoded once when written; a page of the feed joins them as they are. A row
#: with ``moved`` is what a record leaves behind in a scope that it moved out of: that record's id, in its place.
records = sa.Table(
    "records",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("scope", sa.String(64), nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("rev", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("deleted", sa.Boolean, nullable=False),
    sa.Column("values", sa.Text, nullable=False),
    sa.Column("server", sa.Text, nullable=False),
    sa.Column("moved", sa.String(36)),
    sa.Index("ix_records_feed", "scope", "seq", unique=True),
    sa.Index("ix_records_kind", "scope", "kind", "seq"),
)
#: What the feed may forget one day: deleted records, and what moved ones left behind.
sa.Index(
    "ix_records_gone",
    records.c.scope,
    records.c.seq,
    sqlite_where=records.c.deleted.is_(True),
    postgresql_where=records.c.deleted.is_(True),
)

#: One row per scope that was written to. Up to ``floor`` the feed no longer tells what was deleted or has left.
#: ``mark`` is the head that the scope had at ``marked_at``: it becomes the floor once nothing older is replayed.
horizons = sa.Table(
    "horizons",
    metadata,
    sa.Column("scope", sa.String(64), primary_key=True),
    sa.Column("floor", sa.BigInteger, nullable=False),
    sa.Column("mark", sa.BigInteger, nullable=False),
    sa.Column("marked_at", sa.String(32), nullable=False),
)

#: One row per replica: the highest op number it used, and its clock at the last exchange.
replicas = sa.Table(
    "replicas",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("person", sa.String(64), nullable=False),
    sa.Column("last_n", sa.BigInteger, nullable=False),
    sa.Column("clock", sa.String(64), nullable=False),
    sa.Column("seen_at", sa.String(32), nullable=False),
)

#: One row per parked record, so that the desk finds it by the scope its op names, and a new record what waits for it.
#: ``unit`` names the ops that were parked together; ``waits_for`` is the id of a record that has not come yet; ``kind``
#: is that of the record its op is about, ``code`` why it was parked.
parked = sa.Table(
    "parked",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("person", sa.String(64), nullable=False),
    sa.Column("replica", sa.String(36), nullable=False),
    sa.Column("unit", sa.String(36), nullable=False),
    sa.Column("n", sa.BigInteger, nullable=False),
    sa.Column("scope", sa.String(64)),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("waits_for", sa.String(36)),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(32)),
    sa.Column("code", sa.String(64)),
    sa.Column("stranger", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("bytes", sa.BigInteger, nullable=False, server_default="0"),
    sa.Index("ix_parked_scope", "scope", "stranger", "state", "at", "id"),
    sa.Index("ix_parked_person", "person", "state", "at", "id"),
    sa.Index("ix_parked_state", "stranger", "state", "at", "id"),
    sa.Index("ix_parked_unit", "unit"),
)
sa.Index(
    "ix_parked_waits",
    parked.c.scope,
    parked.c.waits_for,
    sqlite_where=parked.c.waits_for.is_not(None),
    postgresql_where=parked.c.waits_for.is_not(None),
)

#: One row per replica that spoke: when, to a few minutes, what its clock showed then, and what its phone said of itself
#: (a ``PhoneReport`` as JSON), for people to look at. ``idle_at`` is when it last had nothing to hand in: what comes
#: later and claims to be older is a flag.
sightings = sa.Table(
    "sightings",
    metadata,
    sa.Column("replica", sa.String(36), primary_key=True),
    sa.Column("seen_at", sa.String(32), nullable=False),
    sa.Column("clock", sa.String(64), nullable=False),
    sa.Column("report", sa.Text),
    sa.Column("idle_at", sa.String(32)),
)

#: One row per conflict record, by the live scope of the record it is about. ``at`` is when it began.
conflicts = sa.Table(
    "conflicts",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("scope", sa.String(64), nullable=False),
    sa.Column("record", sa.String(36), nullable=False, index=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Index("ix_conflicts_listing", "scope", "state", "at", "id"),
)
