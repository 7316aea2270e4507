"""What one person and one project may take of the store: counted as bytes come and go, bounded where they begin.

A file counts once for each person who brought it, and for the project whose record asked for it when it came; what the
server derives from files does not count. Bytes that are stored already are never refused. See ADR 0021.
"""

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from media.upload import Phase
from mobile_contract.ids import person_scope
from mobile_contract.problems import Refused
from server import identity
from server.kernel.database import insert_if_absent
from server.kernel.settings import Settings
from server.uploads.tables import blob_owners as owners
from server.uploads.tables import blob_refs, shares, uploads
from server.uploads.tables import blobs as blobs_table

#: Uploads that may still come to be stored.
UNDER_WAY: Final = (Phase.RECEIVING, Phase.RECEIVED)


class Shares:
    """The bounds, as the settings have them."""

    def __init__(self, settings: Settings) -> None:
        self._unfinished = settings.unfinished_uploads
        self._unfinished_of_project = settings.unfinished_uploads_per_project
        self._bytes = settings.stored_bytes_per_person
        self._bytes_of_project = settings.stored_bytes_per_project

    def refuse_many(self, tx: sa.Connection, person: str, project: str) -> None:
        """Raise where a person or a project has as many unfinished uploads as it may."""
        if _under_way(tx, uploads.c.person == person)[0] >= self._unfinished:
            raise Refused("media.too_many_uploads", limit=self._unfinished)
        if project and _under_way(tx, uploads.c.project == project)[0] >= self._unfinished_of_project:
            raise Refused("media.project_uploads", limit=self._unfinished_of_project)

    def refuse_much(self, tx: sa.Connection, person: str, project: str, length: int) -> None:
        """Raise where ``length`` more bytes are more than a person or a project may store.

        What their unfinished uploads declared counts as if it were here.
        """
        used = stored(tx, person_scope(person)) + _under_way(tx, uploads.c.person == person)[1]
        if used + length > self._bytes:
            raise Refused("media.person_full", used=used, limit=self._bytes)
        if not project:
            return
        used = stored(tx, project) + _under_way(tx, uploads.c.project == project)[1]
        if used + length > self._bytes_of_project:
            raise Refused("media.project_full", used=used, limit=self._bytes_of_project)


def project_asking(tx: sa.Connection, sha256: str, person: str) -> str:
    """Return the scope of the project whose record, written by this person, asks for a file; empty if none does."""
    asked = sa.select(blob_refs.c.scope).where(blob_refs.c.sha256 == sha256, blob_refs.c.person == person)
    scopes = (identity.project_scope_of(tx, scope) for scope in tx.scalars(asked.order_by(blob_refs.c.scope).limit(10)))
    return next((scope for scope in scopes if scope), "")


def stored(tx: sa.Connection, owner: str) -> int:
    """Return how many bytes are stored for a person's scope, or that of a project."""
    return tx.scalar(sa.select(shares.c.bytes).where(shares.c.owner == owner)) or 0


def largest(tx: sa.Connection, kind: str) -> tuple[str, int] | None:
    """Return who has most stored, of ``person`` or ``project``, and how many bytes; None where nothing is."""
    mine = sa.select(shares.c.owner, shares.c.bytes).where(shares.c.owner.startswith(f"{kind}:", autoescape=True))
    row = tx.execute(mine.order_by(shares.c.bytes.desc()).limit(1)).first()
    return None if row is None else (row.owner, row.bytes)


def came(tx: sa.Connection, person: str, project: str, size: int) -> None:
    """Count bytes that were just stored."""
    _count(tx, [owner for owner in (person_scope(person), project) if owner], size)


def goes(tx: sa.Connection, sha256: str) -> None:
    """Take back what was counted of a file. Call it before its owners are forgotten."""
    size = tx.scalar(sa.select(blobs_table.c.size).where(blobs_table.c.sha256 == sha256)) or 0
    for row in tx.execute(sa.select(owners.c.person, owners.c.project).where(owners.c.sha256 == sha256)).all():
        came(tx, row.person, row.project, -size)


def _count(tx: sa.Connection, names: Iterable[str], size: int) -> None:
    """Add to counters: always in one order, so that two transactions never wait for each other."""
    for owner in sorted(names):
        insert_if_absent(tx, shares, [{"owner": owner, "bytes": 0}])
        tx.execute(sa.update(shares).where(shares.c.owner == owner).values(bytes=shares.c.bytes + size))


def _under_way(tx: sa.Connection, whose: sa.ColumnElement[bool]) -> tuple[int, int]:
    """Return how many uploads are under way, and how many bytes they declared."""
    row = tx.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(uploads.c.length), 0)).where(
            whose, uploads.c.phase.in_(UNDER_WAY)
        )
    ).one()
    return row[0], int(row[1])
