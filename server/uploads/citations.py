"""Which files records cite. A citation is not a capability: naming a digest grants no access to its bytes.

It is *satisfied* – and then lets the readers of its scope read the blob – when the person who cites brought the bytes
or could read them already, or when a member of the scope brought them. It stands unsatisfied until then, because a
record is valid before its bytes.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from mobile_contract.ids import is_sha256, person_scope
from mobile_contract.media import FileReceipt, FileState
from server import identity
from server.kernel.files import BlobArrived
from server.kernel.journal import Book
from server.uploads import store
from server.uploads.events import BlobStored
from server.uploads.model import Blob
from server.uploads.tables import blob_owners, blob_refs


def cite(tx: sa.Connection, scope: str, record_id: str, shas: Iterable[object], person: str) -> None:
    """Make ``shas`` the citations of a record, as ``person`` wrote it; earlier ones that still stand are kept.

    What is no digest is passed over. A record that moved to another scope takes its citations along as they are: who
    cited them, and that they were satisfied. Call it where the scope's stream is locked already.
    """
    wanted = {sha256 for sha256 in shas if isinstance(sha256, str) and is_sha256(sha256)}
    there = store.citations(tx, record_id)
    standing = {sha256 for sha256, row in there.items() if sha256 in wanted and row.scope == scope}
    store.uncite(tx, record_id, there.keys() - standing)
    fresh = sorted(wanted - standing)
    if not fresh:
        return
    moved = {sha256: row for sha256, row in there.items() if row.scope != scope}
    store.lock_blobs(tx, fresh, shared=True)
    store.revive(tx, fresh, shared=True)
    open_to_us = store.readable(tx, fresh, person, identity.held_scopes(tx, person)) | _of_members(tx, fresh, scope)
    rows: list[dict[str, Any]] = [
        {
            "record_id": record_id,
            "sha256": sha256,
            "scope": scope,
            "person": moved[sha256].person if sha256 in moved else person,
            "satisfied": sha256 in open_to_us or (sha256 in moved and moved[sha256].satisfied),
        }
        for sha256 in fresh
    ]
    store.cite(tx, rows)


def arrive(tx: sa.Connection, book: Book, blob: Blob, person: str) -> None:
    """Record that a person brought bytes, which are in the store: owner, citations now satisfied, events.

    ``blob.stored`` is written once for each person and blob, ``blob.arrived`` once for each scope in which a citation
    is satisfied by it: what follows for the records of one scope is one job of its own.
    """
    stream, sha256 = person_scope(person), blob.sha256
    was_missing = store.come_back(tx, sha256)
    is_new = store.add_blob(tx, blob, person)
    scopes = store.satisfy(tx, sha256, person, identity.held_scopes(tx, person)) if is_new else set()
    if was_missing:
        scopes |= {scope for scope, _ in store.citing(tx, sha256)}
    if is_new or was_missing:
        book.write(stream, BlobStored(actor=person, subject=sha256, size=blob.size, media_type=blob.media_type))
    for scope in sorted(scopes):
        book.write(stream, BlobArrived(actor=person, subject=sha256, scope=scope))


def receipts(tx: sa.Connection, scope: str, record_id: str) -> tuple[FileReceipt, ...]:
    """Return the itemised receipt of a record in ``scope``: one line per file it cites, by digest."""
    cited = {sha256: row for sha256, row in store.citations(tx, record_id).items() if row.scope == scope}
    here = store.blobs_of(tx, [sha256 for sha256, row in cited.items() if row.satisfied])
    problems = {sha256: facts.problem for sha256, facts in store.facts(tx, here).items()} if here else {}
    return tuple(_receipt(sha256, here.get(sha256), problems.get(sha256)) for sha256 in cited)


def _receipt(sha256: str, blob: Blob | None, problem: str | None) -> FileReceipt:
    if blob is None:
        return FileReceipt(sha256=sha256, state=FileState.EXPECTED)
    return FileReceipt(
        sha256=sha256,
        state=FileState.STORED,
        received=blob.size,
        size=blob.size,
        verified_at=blob.created_at,
        problem=problem,
    )


def _of_members(tx: sa.Connection, shas: list[str], scope: str) -> set[str]:
    """Return those of ``shas`` whose bytes a member of ``scope`` brought."""
    brought = store.owners_of(tx, shas)
    members = {person for person in {person for _, person in brought} if scope in identity.held_scopes(tx, person)}
    return {sha256 for sha256, person in brought if person in members}


def names_of(tx: sa.Connection, record_id: str) -> list[str]:
    """Return the names under which who cited the files of a record brought them, as far as they have come."""
    brought = sa.and_(blob_owners.c.sha256 == blob_refs.c.sha256, blob_owners.c.person == blob_refs.c.person)
    query = sa.select(blob_owners.c.filename).join(blob_refs, brought)
    found = tx.scalars(query.where(blob_refs.c.record_id == record_id, blob_refs.c.satisfied.is_(True)))
    return sorted({name for name in found if name})
