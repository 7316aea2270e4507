"""Tables of uploads: files on their way, blobs at rest, their owners, their citations, their derivatives.

The facts of a blob are in ``blob_facts``: one row once the blob was examined, shortly after it
arrived, each column a field of :class:`mobile_contract.media.MediaFacts`. Read it through ``Uploads.facts(tx, shas)``;
the event ``blob.examined`` (subject: the digest) follows it.
"""

import sqlalchemy as sa

from server.kernel.tables import metadata

#: ``parts`` is a JSON list of tokens, at most one per 8 MiB; ``expires_at`` is in milliseconds since 1970;
#: ``project`` the scope of the project whose record asks for the file, if any did when it was begun.
uploads = sa.Table(
    "uploads",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("person", sa.String(36), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False, index=True),
    sa.Column("filename", sa.String(255), nullable=False),
    sa.Column("filetype", sa.String(100), nullable=False),
    sa.Column("length", sa.BigInteger, nullable=False),
    sa.Column("offset", sa.BigInteger, nullable=False),
    sa.Column("token", sa.BigInteger, nullable=False),
    sa.Column("parts", sa.Text, nullable=False),
    sa.Column("phase", sa.String(16), nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("project", sa.String(64), nullable=False, server_default=sa.text("''")),
    sa.Index("ix_uploads_unfinished", "person", "phase"),
    sa.Index("ix_uploads_of_project", "project", "phase"),
)

#: One row per blob in the store, derivatives too. ``condemned_at``: since when the sweep finds it not cited;
#: ``removing_at``: its bytes are being deleted, and it is neither brought nor read until then; ``missing_at``: the
#: survey did not find its bytes, so it is as if it had not come (see ADR 0009).
blobs = sa.Table(
    "blobs",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("media_type", sa.String(100), nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("condemned_at", sa.String(32), index=True),
    sa.Column("removing_at", sa.String(32), index=True),
    sa.Column("missing_at", sa.String(32)),
)

#: ``media_type`` is what the decoder found; ``exif`` a :class:`mobile_contract.media.Exif` as JSON, or null;
#: ``phash`` 16 hex digits; ``problem`` the code of why a file could not be examined.
blob_facts = sa.Table(
    "blob_facts",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("media_type", sa.String(100), nullable=False),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("frames", sa.Integer),
    sa.Column("duration_ms", sa.BigInteger),
    sa.Column("phash", sa.String(16)),
    sa.Column("exif", sa.Text),
    sa.Column("problem", sa.String(64)),
    sa.Column("examined_at", sa.String(32), nullable=False),
)

#: Who brought the bytes of a blob here, under which name, and for the scope of which project they count.
blob_owners = sa.Table(
    "blob_owners",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("person", sa.String(36), primary_key=True),
    sa.Column("filename", sa.String(255), nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("project", sa.String(64), nullable=False, server_default=sa.text("''")),
)

#: How many bytes are stored for each person and project, by scope: see ``server.uploads.shares``.
shares = sa.Table(
    "blob_shares",
    metadata,
    sa.Column("owner", sa.String(64), primary_key=True),
    sa.Column("bytes", sa.BigInteger, nullable=False),
)

#: Which records cite a blob that may not be here yet. Only a ``satisfied`` citation lets the scope's readers read it.
blob_refs = sa.Table(
    "blob_refs",
    metadata,
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("sha256", sa.String(64), primary_key=True, index=True),
    sa.Column("scope", sa.String(64), nullable=False),
    sa.Column("person", sa.String(36), nullable=False),
    sa.Column("satisfied", sa.Boolean, nullable=False),
)

#: What was made from a blob: ``thumbnail-256``, for readers of the source, or ``watermarked-<record>``, for
#: readers of that record. The bytes lie in the store under ``sha256`` and go when their source goes.
derivatives = sa.Table(
    "blob_derivatives",
    metadata,
    sa.Column("source", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("sha256", sa.String(64), nullable=False, index=True),
    sa.Column("size", sa.BigInteger, nullable=False),
)
