"""Tables of scans: the queue, readings as they are compared, pairs, thresholds, fits, and judgements of values."""

import sqlalchemy as sa

from server.kernel.tables import metadata

#: One row per extraction of a known form. ``answers`` is JSON: a short digest by path; ``report`` the id that a report
#: of its natural key has, null where the form has none or the key was not read.
readings = sa.Table(
    "readings",
    metadata,
    sa.Column("extraction", sa.String(36), primary_key=True),
    sa.Column("scope", sa.String(64), nullable=False),
    sa.Column("form", sa.String(64), nullable=False),
    sa.Column("serial", sa.String(64), nullable=False),
    sa.Column("report", sa.String(36)),
    sa.Column("answers", sa.Text, nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Index("ix_readings_form", "scope", "form", "at"),
)

#: One row per pair: an extraction, and an older extraction or a report that may be the same. ``reasons`` is JSON.
duplicates = sa.Table(
    "duplicates",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("scope", sa.String(64), nullable=False),
    sa.Column("extraction", sa.String(36), nullable=False, index=True),
    sa.Column("other", sa.String(36), nullable=False),
    sa.Column("reasons", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("found_at", sa.String(32), nullable=False),
    sa.Column("decided_by", sa.String(36)),
    sa.Column("decided_at", sa.String(32)),
    sa.Column("reason", sa.Text),
    sa.Index("ix_duplicates_listing", "scope", "state", "id"),
)

#: One row per kind of value that was set; ``threshold`` in thousandths, null: every value is looked at.
thresholds = sa.Table(
    "ocr_thresholds",
    metadata,
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("threshold", sa.Integer),
    sa.Column("by", sa.String(36), nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
)

#: The fits that were taken; the last one is in force. ``body`` is an ``ocr.trust.Fit`` as JSON, null: the shipped one.
fits = sa.Table(
    "ocr_fits",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("body", sa.Text),
    sa.Column("by", sa.String(36), nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
)

#: One row per value that was proposed and then confirmed or corrected, as the extraction has them: written once.
#: ``grounds``, ``proposed`` and ``confirmed`` are JSON, ``confidence`` was stated under ``fit``.
judgements = sa.Table(
    "ocr_judgements",
    metadata,
    sa.Column("extraction", sa.String(36), primary_key=True),
    sa.Column("path", sa.String(200), primary_key=True),
    sa.Column("scope", sa.String(64), nullable=False),
    sa.Column("form", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("engine", sa.String(200), nullable=False),
    sa.Column("fit", sa.String(64), nullable=False),
    sa.Column("confidence", sa.Integer, nullable=False),
    sa.Column("review", sa.String(16), nullable=False),
    sa.Column("grounds", sa.Text, nullable=False),
    sa.Column("proposed", sa.Text, nullable=False),
    sa.Column("confirmed", sa.Text, nullable=False),
    sa.Column("right", sa.Boolean, nullable=False),
    sa.Column("by", sa.String(36), nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
)

#: One row per scan that is not decided. ``form`` is empty while it is unknown; ``confidence`` is the lowest of its
#: values, in thousandths, above those where nothing was read; ``to_look`` counts the values that a person must look at.
scan_queue = sa.Table(
    "scan_queue",
    metadata,
    sa.Column("scan", sa.String(36), primary_key=True),
    sa.Column("scope", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("form", sa.String(64), nullable=False),
    sa.Column("form_version", sa.Integer),
    sa.Column("extraction", sa.String(36)),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("received_at", sa.String(32), nullable=False),
    sa.Column("confidence", sa.Integer, nullable=False),
    sa.Column("to_look", sa.Integer, nullable=False),
    sa.Column("problem", sa.String(64)),
    sa.Column("claimed_by", sa.String(36), index=True),
    sa.Column("claimed_until", sa.String(32)),
    sa.Index("ix_scan_queue_age", "scope", "state", "form", "received_at", "scan"),
    sa.Index("ix_scan_queue_confidence", "scope", "state", "form", "confidence", "scan"),
)

#: How many rows of the queue there are, written with them: what is counted, and where the pages of a list begin.
scan_groups = sa.Table(
    "scan_groups",
    metadata,
    sa.Column("scope", sa.String(64), primary_key=True),
    sa.Column("state", sa.String(16), primary_key=True),
    sa.Column("form", sa.String(64), primary_key=True),
    sa.Column("scans", sa.BigInteger, nullable=False),
)
