"""People, what they hold, what they carry.

Secrets are here only as hashes – but for the TOTP secret, which both sides must know.
"""

import sqlalchemy as sa

from server.kernel.tables import metadata

persons = sa.Table(
    "persons",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("login", sa.String(64), nullable=False, unique=True),  # lower case
    sa.Column("password", sa.String(256)),  # Argon2id; none: cannot sign in
    sa.Column("totp_secret", sa.String(64)),
    sa.Column("totp_step", sa.BigInteger),  # the last step used; none: the secret is not yet proven
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("disabled_at", sa.String(32)),  # cannot sign in, enrols no phone
)

#: The scopes that can be granted, told by ``projects``; a section's parent is its project's common scope.
places = sa.Table(
    "places",
    metadata,
    sa.Column("scope", sa.String(64), primary_key=True),
    sa.Column("parent", sa.String(64)),
)

#: Who ever held a grant in a project, by its scope: after a revocation too, what they send is no stranger's.
members = sa.Table(
    "members",
    metadata,
    sa.Column("person", sa.String(36), primary_key=True),
    sa.Column("project", sa.String(64), primary_key=True),
)

grants = sa.Table(
    "grants",
    metadata,
    sa.Column("person", sa.String(36), sa.ForeignKey(persons.c.id), primary_key=True),
    sa.Column("scope", sa.String(64), primary_key=True),
    sa.Column("role", sa.String(16), primary_key=True),
    sa.Column("granted_by", sa.String(36), nullable=False),
    sa.Column("granted_at", sa.String(32), nullable=False),
)

devices = sa.Table(
    "devices",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("person", sa.String(36), sa.ForeignKey(persons.c.id), nullable=False, index=True),
    sa.Column("replica", sa.String(36), nullable=False, unique=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("enrolled_at", sa.String(32), nullable=False),
    sa.Column("revoked_at", sa.String(32)),
    sa.Column("lost_at", sa.String(32)),
    sa.Column("wipe_told_at", sa.String(32)),
    sa.Column("quarantined_ops", sa.Integer, nullable=False, server_default="0"),
    sa.Column("quarantined_bytes", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("quarantined_media_bytes", sa.BigInteger, nullable=False, server_default="0"),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("fingerprint", sa.String(64), primary_key=True),
    sa.Column("person", sa.String(36), sa.ForeignKey(persons.c.id), nullable=False, index=True),
    sa.Column("replica", sa.String(36), nullable=False),
    sa.Column("device", sa.String(36), sa.ForeignKey(devices.c.id)),
    sa.Column("expires_at", sa.String(32), nullable=False),
)

#: ``replica`` is the phone that used the code; none: it is open.
enrolments = sa.Table(
    "enrolments",
    metadata,
    sa.Column("fingerprint", sa.String(64), primary_key=True),
    sa.Column("person", sa.String(36), sa.ForeignKey(persons.c.id), nullable=False, index=True),
    sa.Column("expires_at", sa.String(32), nullable=False),
    sa.Column("replica", sa.String(36)),
)

#: Attempts to sign in since the last success, by the login's fingerprint – whether or not such a person exists.
attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("login", sa.String(64), primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("locked_until", sa.String(32), nullable=False),
    sa.Column("last_at", sa.String(32), nullable=False, index=True),
)
