"""The SQL of how long blobs are kept: which are needed, what the sweep and the survey found (ADR 0009)."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from media.upload import Phase
from server.kernel.database import insert_if_absent, upsert
from server.kernel.tables import meta
from server.uploads import shares, store
from server.uploads.model import Blob
from server.uploads.tables import blob_facts, blob_owners, blob_refs, blobs, derivatives, uploads

_EPOCH: Final = "blobs.epoch"
_SURVEYED: Final = "blobs.surveyed"
#: What ``_SURVEYED`` says from a restore until the store has been listed.
_NOT_YET: Final = ""

_COMING = sa.exists().where(uploads.c.sha256 == blobs.c.sha256, uploads.c.phase.in_((Phase.RECEIVING, Phase.RECEIVED)))
#: It is cited, satisfied or not; or it was made from a blob that is here; or it is on its way once more.
_NEEDED = sa.or_(
    sa.exists().where(blob_refs.c.sha256 == blobs.c.sha256),
    sa.exists().where(derivatives.c.sha256 == blobs.c.sha256),
    _COMING,
)

# Restores ------------------------------------------------------------------------------------------------------------


def notice_restore(tx: sa.Connection) -> str:
    """Return the epoch of this database. In a new one earlier verdicts are void and the store is surveyed."""
    epoch = _fact(tx, "epoch") or ""
    known = _fact(tx, _EPOCH)
    if known == epoch:
        return epoch
    _state(tx, _EPOCH, epoch)
    if known is not None or tx.scalar(sa.select(blobs.c.sha256).limit(1)) is not None:
        _state(tx, _SURVEYED, _NOT_YET)
        judged = sa.or_(blobs.c.condemned_at.is_not(None), blobs.c.removing_at.is_not(None))
        tx.execute(sa.update(blobs).where(judged).values(condemned_at=None, removing_at=None))
    return epoch


def trusted(tx: sa.Connection) -> bool:
    """Return whether this database knows what the store holds: not from a restore until the next survey."""
    return _fact(tx, _SURVEYED) != _NOT_YET


def survey_due(tx: sa.Connection, before: str) -> bool:
    """Return whether the last whole survey was before then, or never."""
    return (_fact(tx, _SURVEYED) or _NOT_YET) < before


def surveyed(tx: sa.Connection, at: str) -> None:
    """Note that the whole store was listed."""
    _state(tx, _SURVEYED, at)


def _fact(tx: sa.Connection, name: str) -> str | None:
    return tx.scalar(sa.select(meta.c.value).where(meta.c.name == name))


def _state(tx: sa.Connection, name: str, value: str) -> None:
    upsert(tx, meta, [{"name": name, "value": value}], key=("name",))


# Survey --------------------------------------------------------------------------------------------------------------


def rows_after(tx: sa.Connection, after: str, limit: int) -> dict[str, Any]:
    """Return rows by digest, in order, those behind ``after``."""
    rows = tx.execute(sa.select(blobs).where(blobs.c.sha256 > after).order_by(blobs.c.sha256).limit(limit))
    return {row.sha256: row for row in rows}


def adopt(tx: sa.Connection, found: Iterable[Blob]) -> None:
    """Add rows for blobs that only the store knows. They have no owner, so that they cannot be read."""
    rows = [msgspec.structs.asdict(blob) for blob in found]
    insert_if_absent(tx, blobs, [{name: row[name] for name in row if name != "filename"} for row in rows])


def missing(tx: sa.Connection, sha256: str, at: str) -> bool:
    """Record that the bytes of a blob are not in the store; False where they are on their way."""
    here = sa.and_(blobs.c.sha256 == sha256, blobs.c.missing_at.is_(None), blobs.c.removing_at.is_(None))
    return tx.execute(sa.update(blobs).where(here, ~_COMING).values(missing_at=at)).rowcount == 1


# Mark and sweep ------------------------------------------------------------------------------------------------------


def mark(tx: sa.Connection, after: str, limit: int, at: str) -> str | None:
    """Condemn a page of blobs that are not needed, acquit those that are; return where the next page begins.

    Rows that are locked are left to the next round, so that there is no deadlock.
    """
    page = list(
        tx.scalars(sa.select(blobs.c.sha256).where(blobs.c.sha256 > after).order_by(blobs.c.sha256).limit(limit))
    )
    free = sa.select(blobs.c.sha256).where(blobs.c.sha256.in_(page)).with_for_update(skip_locked=True)
    mine = blobs.c.sha256.in_(list(tx.scalars(free)))
    tx.execute(sa.update(blobs).where(mine, blobs.c.condemned_at.is_(None), ~_NEEDED).values(condemned_at=at))
    acquitted = sa.and_(mine, blobs.c.condemned_at.is_not(None), blobs.c.removing_at.is_(None), _NEEDED)
    tx.execute(sa.update(blobs).where(acquitted).values(condemned_at=None))
    return page[-1] if len(page) == limit else None


def overdue(tx: sa.Connection, before: str, limit: int) -> list[str]:
    """Return blobs that were condemned before then, the longest condemned first."""
    query = sa.select(blobs.c.sha256).where(blobs.c.condemned_at < before, blobs.c.removing_at.is_(None))
    return list(tx.scalars(query.order_by(blobs.c.condemned_at, blobs.c.sha256).limit(limit)))


def begin_removal(tx: sa.Connection, sha256: str, before: str, at: str, derived_at: str) -> bool:
    """Take a blob and its derivatives from all owners if it is still not needed; False: it is needed, or locked.

    From its commit until :func:`end_removal` the row is a fence: a request with the same bytes gets ``server.busy``.
    What was made from it counts as condemned since ``derived_at``.
    """
    if not _try_lock(tx, sha256):
        return False
    doomed = sa.and_(blobs.c.sha256 == sha256, blobs.c.condemned_at < before, blobs.c.removing_at.is_(None), ~_NEEDED)
    if tx.execute(sa.update(blobs).where(doomed).values(removing_at=at)).rowcount == 0:
        store.revive(tx, [sha256])
        return False
    made = list(tx.scalars(sa.select(derivatives.c.sha256).where(derivatives.c.source == sha256)))
    shares.goes(tx, sha256)
    tx.execute(sa.delete(blob_owners).where(blob_owners.c.sha256 == sha256))
    tx.execute(sa.delete(blob_facts).where(blob_facts.c.sha256 == sha256))
    tx.execute(sa.delete(derivatives).where(derivatives.c.source == sha256))
    unowned = ~sa.exists().where(blob_owners.c.sha256 == blobs.c.sha256)
    free = sa.select(blobs.c.sha256).where(blobs.c.sha256.in_(made), unowned, ~_NEEDED)
    found = list(tx.scalars(free.with_for_update(skip_locked=True)))
    tx.execute(sa.update(blobs).where(blobs.c.sha256.in_(found)).values(condemned_at=derived_at))
    return True


def resume_removals(tx: sa.Connection, before: str, at: str, limit: int) -> list[str]:
    """Take over removals that were begun before then and not ended; return their digests, up to ``limit``."""
    stuck = sa.select(blobs.c.sha256).where(blobs.c.removing_at < before).limit(limit)
    found = list(tx.scalars(stuck.with_for_update(skip_locked=True)))
    tx.execute(sa.update(blobs).where(blobs.c.sha256.in_(found)).values(removing_at=at))
    return found


def end_removal(tx: sa.Connection, shas: Sequence[str], at: str) -> None:
    """Forget blobs whose bytes are gone, where the removal is still the one that began ``at``."""
    tx.execute(sa.delete(blobs).where(blobs.c.sha256.in_(shas), blobs.c.removing_at == at))


def any_removal(tx: sa.Connection) -> bool:
    """Return whether a removal has begun and not ended."""
    return tx.scalar(sa.select(blobs.c.sha256).where(blobs.c.removing_at.is_not(None)).limit(1)) is not None


def _try_lock(tx: sa.Connection, sha256: str) -> bool:
    """Lock as ``store.lock_blobs`` does, but without waiting: a sweep gives way to a request that needs the blob."""
    if tx.dialect.name != "postgresql":
        return True
    return bool(tx.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(int(sha256[:15], 16)))))
