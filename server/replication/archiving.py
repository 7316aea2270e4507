"""What the desk does with whole records: archive them – who decides when is for a domain to come – and restore them."""

import sqlalchemy as sa

from mobile_contract.archive import ArchivedRecords, ArchiveRecords
from mobile_contract.identity import Role
from mobile_contract.ids import archive_scope, live_scope
from mobile_contract.problems import Refused
from server.replication import store
from server.replication.events import RecordRestored
from server.replication.model import Actor
from server.replication.parked import LOOKS_AFTER
from server.replication.writing import Writer
from sync.draft import living


def archive(tx: sa.Connection, writer: Writer, actor: Actor, asked: ArchiveRecords) -> ArchivedRecords:
    """Move the records asked for, all or none.

    Raise ``request.not_found`` for one that is not there or not for the actor to read, ``identity.forbidden`` for one
    of a scope that they do not supervise; a person's own scope has no archive.
    """
    there = store.Records(tx, asked.records)
    roles = writer.author(tx, actor).roles
    for key in asked.records:
        record = there.get(key)
        home = live_scope(record.scope) if record is not None else ""
        if home not in roles and not (record is not None and actor.admin):
            raise Refused("request.not_found")
        if home.startswith("person:") or not (actor.admin or Role.SUPERVISOR in roles[home]):
            raise Refused("identity.forbidden")
    moved = 0
    for home in sorted({live_scope(record.scope) for record in there.values()}):
        ids = [record.id for record in there.values() if live_scope(record.scope) == home]
        moved += writer.move(tx, actor.person, ids, home if asked.back else archive_scope(home))
    return ArchivedRecords(moved=moved)


def restore(tx: sa.Connection, writer: Writer, actor: Actor, key: str, reason: str) -> None:
    """Bring a deleted record back with the values it had. One that is there already stays as it is.

    Raise ``request.not_found`` for one that is not there – or no more – or not for the actor to read, and
    ``identity.forbidden`` for one of a scope that they do not look after, ``server.busy`` for one that just moves.
    """
    row = next(iter(store.by_id(tx, [key])), None)
    author = writer.author(tx, actor)
    if row is None or row.moved or (row.scope not in author.roles and not actor.admin):
        raise Refused("request.not_found")
    if not actor.admin and not LOOKS_AFTER & author.roles[row.scope]:
        raise Refused("identity.forbidden")
    with writer.open_for(tx, lambda: [key]) as (book, records):
        there = records[key]
        if there.deleted:
            writer.write(tx, book, {key: there}, [living(there)], author)
            book.write(there.scope, RecordRestored(actor=actor.person, subject=key, reason=reason))
