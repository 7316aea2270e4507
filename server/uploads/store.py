"""The SQL of uploads. Every function takes a connection and runs inside its caller's transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from media.upload import Phase, UploadProgress
from mobile_contract.media import Exif, MediaFacts
from mobile_contract.problems import Refused
from server.kernel.database import insert_if_absent, insert_rows, upsert
from server.uploads import shares
from server.uploads.model import Blob, Incoming
from server.uploads.tables import blob_facts, blob_owners, blob_refs, blobs, derivatives, uploads

# Uploads -------------------------------------------------------------------------------------------------------------


def add(tx: sa.Connection, incoming: Incoming) -> None:
    """Insert an upload."""
    named = {"id": incoming.id, "person": incoming.person, "sha256": incoming.sha256, "project": incoming.project}
    names = {"filename": incoming.filename, "filetype": incoming.filetype}
    insert_rows(tx, uploads, [named | names | _columns(incoming.state)])


def incoming(tx: sa.Connection, upload: str, person: str) -> Incoming | None:
    """Return and lock an upload of a person."""
    row = tx.execute(_LOCK, {"upload": upload}).one_or_none()
    return None if row is None or row.person != person else _incoming(row)


def look(tx: sa.Connection, upload: str) -> Incoming | None:
    """Return an upload as it is now, without a lock: read it again before changing it."""
    row = tx.execute(_LOOK, {"upload": upload}).one_or_none()
    return None if row is None else _incoming(row)


# Built once: building a statement takes longer than running it.
_LOOK = sa.select(uploads).where(uploads.c.id == sa.bindparam("upload"))
_LOCK = _LOOK.with_for_update()
_SAVE = (
    sa.update(uploads)
    .where(uploads.c.id == sa.bindparam("upload"))
    .values({name: sa.bindparam(f"new_{name}") for name in UploadProgress.__struct_fields__})
)


def save(tx: sa.Connection, upload: str, state: UploadProgress) -> None:
    """Store an upload's state."""
    tx.execute(_SAVE, {"upload": upload} | {f"new_{name}": value for name, value in _columns(state).items()})


def remove(tx: sa.Connection, upload: str) -> None:
    """Forget an upload."""
    tx.execute(sa.delete(uploads).where(uploads.c.id == upload))


def unfinished(tx: sa.Connection, person: str, limit: int) -> list[Incoming]:
    """List a person's unfinished uploads, oldest first."""
    rows = tx.execute(
        sa.select(uploads)
        .where(uploads.c.person == person, uploads.c.phase != Phase.STORED)
        .order_by(uploads.c.id)
        .limit(limit)
    )
    return [_incoming(row) for row in rows]


def unverified(tx: sa.Connection, limit: int) -> list[tuple[str, str]]:
    """List uploads that are waiting to be verified, each with its person."""
    waiting = sa.select(uploads.c.id, uploads.c.person).where(uploads.c.phase == Phase.RECEIVED)
    return [(row.id, row.person) for row in tx.execute(waiting.order_by(uploads.c.id).limit(limit))]


def forget_expired(tx: sa.Connection, now: int, limit: int) -> list[str]:
    """Delete uploads whose time is over; return their ids. Nothing can revive an expired one."""
    over = list(tx.scalars(sa.select(uploads.c.id).where(uploads.c.expires_at <= now).limit(limit)))
    tx.execute(sa.delete(uploads).where(uploads.c.id.in_(over)))
    return over


def not_under_way(tx: sa.Connection, ids: Sequence[str]) -> list[str]:
    """Return those of the ids whose parts are not needed: there is no such upload, or how it ended is known."""
    known = set(tx.scalars(sa.select(uploads.c.id).where(uploads.c.id.in_(ids), uploads.c.phase.in_(shares.UNDER_WAY))))
    return [upload for upload in ids if upload not in known]


def _columns(state: UploadProgress) -> dict[str, Any]:
    return msgspec.structs.asdict(state) | {"parts": msgspec.json.encode(state.parts).decode()}


def _incoming(row: Any) -> Incoming:
    state = UploadProgress(
        length=row.length,
        expires_at=row.expires_at,
        offset=row.offset,
        token=row.token,
        parts=tuple(msgspec.json.decode(row.parts)),
        phase=Phase(row.phase),
    )
    return Incoming(
        id=row.id, person=row.person, sha256=row.sha256, filename=row.filename, filetype=row.filetype, state=state
    )


# Blobs ---------------------------------------------------------------------------------------------------------------


def lock_blobs(tx: sa.Connection, shas: Iterable[str], *, shared: bool = False) -> None:
    """Hold off others that store or cite these blobs until commit, so that arrival and citation see each other.

    Those who cite share the lock: a push cites record by record, in no order, so that two of them would wait for each
    other in a circle. Lock after the streams, never before. SQLite has one writer anyway.
    """
    if tx.dialect.name == "postgresql":
        lock = sa.func.pg_advisory_xact_lock_shared if shared else sa.func.pg_advisory_xact_lock
        for sha256 in sorted(set(shas)):
            tx.execute(sa.select(lock(int(sha256[:15], 16))))


#: Its bytes are in the store and stay there.
HERE = sa.and_(blobs.c.removing_at.is_(None), blobs.c.missing_at.is_(None))


def welcome(tx: sa.Connection, shas: Sequence[str]) -> None:
    """Make sure that bytes about to be put into the store stay there; ``server.busy`` while the same are deleted.

    Call this before bytes are put, in a transaction of its own: afterwards the sweep begins anew to wait.
    """
    lock_blobs(tx, shas)
    if tx.execute(_REMOVING, {"shas": list(shas)}).first() is not None:
        raise Refused("server.busy", seconds=5)
    revive(tx, shas)


_AMONG = blobs.c.sha256.in_(sa.bindparam("shas", expanding=True))
_REMOVING = sa.select(blobs.c.sha256).where(_AMONG, blobs.c.removing_at.is_not(None)).limit(1)


def revive(tx: sa.Connection, shas: Sequence[str], *, shared: bool = False) -> None:
    """Clear ``condemned_at`` of blobs that are needed after all. Lock them first.

    Under a ``shared`` lock a row that another transaction holds is left to it: it takes it back too, or marks it.
    """
    if shared:
        shas = list(tx.scalars(_CONDEMNED_AND_FREE, {"shas": list(shas)}))
        if not shas:
            return
    tx.execute(_REVIVE, {"shas": list(shas)})


_CONDEMNED = sa.and_(_AMONG, blobs.c.condemned_at.is_not(None), blobs.c.removing_at.is_(None))
_CONDEMNED_AND_FREE = sa.select(blobs.c.sha256).where(_CONDEMNED).with_for_update(skip_locked=True)
_REVIVE = sa.update(blobs).where(_CONDEMNED).values(condemned_at=None)


def blob(tx: sa.Connection, sha256: str, person: str | None = None) -> Blob | None:
    """Return what is known of a blob, under the name that ``person`` gave it, or else any name."""
    found = blobs_of(tx, [sha256]).get(sha256)
    if found is None:
        return None
    mine = sa.case((blob_owners.c.person == person, 0), else_=1)
    name = tx.scalar(
        sa.select(blob_owners.c.filename)
        .where(blob_owners.c.sha256 == sha256)
        .order_by(mine, blob_owners.c.at)
        .limit(1)
    )
    return msgspec.structs.replace(found, filename=name or "")


def blobs_of(tx: sa.Connection, shas: Sequence[str]) -> dict[str, Blob]:
    """Return those of the named blobs that are here."""
    return {row.sha256: Blob(**row._asdict()) for row in tx.execute(_HERE, {"shas": list(shas)})}


_HERE = sa.select(blobs.c.sha256, blobs.c.size, blobs.c.media_type, blobs.c.created_at).where(_AMONG, HERE)


def add_blob(tx: sa.Connection, found: Blob, person: str) -> bool:
    """Record that a blob is stored and that ``person`` brought it, and count it; False if that was known."""
    if owners_of(tx, [found.sha256], person):
        return False
    row = msgspec.structs.asdict(found)
    filename = row.pop("filename")
    insert_if_absent(tx, blobs, [row])
    project = shares.project_asking(tx, found.sha256, person)
    owner = {"sha256": found.sha256, "person": person, "filename": filename, "at": found.created_at}
    insert_if_absent(tx, blob_owners, [owner | {"project": project}])
    shares.came(tx, person, project, found.size)
    return True


def come_back(tx: sa.Connection, sha256: str) -> bool:
    """Record that needed bytes were brought again; return True if they had been missing."""
    there = tx.execute(_DOUBTS, {"shas": [sha256]}).one_or_none()
    if there is None or not any(there):
        return False
    tx.execute(sa.update(blobs).where(blobs.c.sha256 == sha256).values(condemned_at=None, missing_at=None))
    return there.missing_at is not None


_DOUBTS = sa.select(blobs.c.condemned_at, blobs.c.missing_at).where(_AMONG)


def owners_of(tx: sa.Connection, shas: Sequence[str], person: str | None = None) -> set[tuple[str, str]]:
    """Return (digest, person) for every person – or only ``person`` – who brought one of the blobs."""
    if person is None:
        rows = tx.execute(_OWNERS, {"shas": list(shas)})
    else:
        rows = tx.execute(_OWNED, {"shas": list(shas), "of": person})
    return {(row.sha256, row.person) for row in rows}


_OWNERS = sa.select(blob_owners.c.sha256, blob_owners.c.person).where(
    blob_owners.c.sha256.in_(sa.bindparam("shas", expanding=True))
)
_OWNED = _OWNERS.where(blob_owners.c.person == sa.bindparam("of"))


def readable(tx: sa.Connection, shas: Sequence[str], person: str, scopes: Iterable[str]) -> set[str]:
    """Return those of the blobs that a person brought, or that a satisfied citation in one of ``scopes`` shows."""
    mine = {sha256 for sha256, _ in owners_of(tx, shas, person)}
    cited = tx.scalars(
        sa.select(blob_refs.c.sha256)
        .where(blob_refs.c.sha256.in_(shas), blob_refs.c.satisfied.is_(True), blob_refs.c.scope.in_(sorted(scopes)))
        .distinct()
    )
    return mine | set(cited)


# Facts ---------------------------------------------------------------------------------------------------------------


def facts(tx: sa.Connection, shas: Iterable[str]) -> dict[str, MediaFacts]:
    """Return what is known of the named blobs; those that are not here or not examined yet are left out."""
    rows = tx.execute(sa.select(blob_facts).where(blob_facts.c.sha256.in_(list(shas))))
    return {row.sha256: _facts(row) for row in rows}


def add_facts(tx: sa.Connection, sha256: str, found: MediaFacts, at: str) -> None:
    """Store the facts of a blob; from now on its type is theirs, not the declared one."""
    row = {name: getattr(found, name) for name in _FACTS} | {"sha256": sha256, "examined_at": at}
    row["exif"] = None if found.exif is None else msgspec.json.encode(found.exif).decode()
    upsert(tx, blob_facts, [row], key=("sha256",))
    tx.execute(sa.update(blobs).where(blobs.c.sha256 == sha256).values(media_type=found.media_type))


_FACTS = tuple(field.name for field in msgspec.structs.fields(MediaFacts))


def _facts(row: Any) -> MediaFacts:
    found = {name: getattr(row, name) for name in _FACTS}
    if row.exif is not None:
        found["exif"] = msgspec.json.decode(row.exif, type=Exif)
    return MediaFacts(**found)


# Citations -----------------------------------------------------------------------------------------------------------


def citations(tx: sa.Connection, record: str) -> dict[str, Any]:
    """Return the citations of a record by digest."""
    rows = tx.execute(sa.select(blob_refs).where(blob_refs.c.record_id == record).order_by(blob_refs.c.sha256))
    return {row.sha256: row for row in rows}


def cited_by(tx: sa.Connection, sha256: str, person: str) -> bool:
    """Return whether a person cites a blob anywhere."""
    mine = sa.select(blob_refs.c.record_id).where(blob_refs.c.sha256 == sha256, blob_refs.c.person == person)
    return tx.execute(mine.limit(1)).first() is not None


def cite(tx: sa.Connection, rows: list[dict[str, Any]]) -> None:
    """Insert citations."""
    insert_if_absent(tx, blob_refs, rows)


def uncite(tx: sa.Connection, record: str, shas: Iterable[str]) -> None:
    """Remove citations of a record."""
    tx.execute(sa.delete(blob_refs).where(blob_refs.c.record_id == record, blob_refs.c.sha256.in_(list(shas))))


def uncite_all(tx: sa.Connection, records: Sequence[str]) -> None:
    """Remove the citations of records that are no more."""
    tx.execute(sa.delete(blob_refs).where(blob_refs.c.record_id.in_(records)))


def citing(tx: sa.Connection, sha256: str, scope: str | None = None) -> list[tuple[str, str]]:
    """Return (scope, record) of every satisfied citation of a blob, or only of those in ``scope``."""
    held = sa.and_(blob_refs.c.sha256 == sha256, blob_refs.c.satisfied.is_(True))
    rows = tx.execute(
        sa.select(blob_refs.c.scope, blob_refs.c.record_id)
        .where(held if scope is None else sa.and_(held, blob_refs.c.scope == scope))
        .order_by(blob_refs.c.scope, blob_refs.c.record_id)
    )
    return [(row.scope, row.record_id) for row in rows]


def satisfy(tx: sa.Connection, sha256: str, person: str, scopes: Iterable[str]) -> set[str]:
    """Satisfy the citations of a blob that ``person`` made, or that stand in a scope they hold; return the scopes."""
    return set(tx.scalars(_SATISFY, {"blob": sha256, "of": person, "scopes": sorted(scopes)}))


_SATISFY = (
    sa.update(blob_refs)
    .where(blob_refs.c.sha256 == sa.bindparam("blob"), blob_refs.c.satisfied.is_(False))
    .where(
        sa.or_(
            blob_refs.c.person == sa.bindparam("of"),
            blob_refs.c.scope.in_(sa.bindparam("scopes", expanding=True)),
        )
    )
    .values(satisfied=True)
    .returning(blob_refs.c.scope)
)


# Derivatives ---------------------------------------------------------------------------------------------------------


def derivative(tx: sa.Connection, source: str, name: str) -> str | None:
    """Return the digest of a derivative."""
    mine = (derivatives.c.source == source, derivatives.c.name == name)
    return tx.scalar(sa.select(derivatives.c.sha256).where(*mine))


def add_derivative(tx: sa.Connection, source: str, name: str, made: Blob) -> None:
    """Store a derivative, in place of an earlier one of that name.

    One whose source has gone meanwhile, or that is replaced, is left to the sweep.
    """
    lock_blobs(tx, [source, made.sha256])
    if source not in blobs_of(tx, [source]):
        return
    row = msgspec.structs.asdict(made)
    del row["filename"]
    insert_if_absent(tx, blobs, [row])
    come_back(tx, made.sha256)
    found = {"source": source, "name": name, "sha256": made.sha256, "size": made.size}
    upsert(tx, derivatives, [found], key=("source", "name"))
