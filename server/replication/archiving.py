"""Putting records into the archive of their scope, and bringing them back. Who decides when is for a domain to come."""

import sqlalchemy as sa

from mobile_contract.archive import ArchivedRecords, ArchiveRecords
from mobile_contract.ids import archive_scope, live_scope
from mobile_contract.problems import Refused
from server.replication import store
from server.replication.model import Actor
from server.replication.writing import Writer

SUPERVISOR = "supervisor"


def archive(tx: sa.Connection, writer: Writer, actor: Actor, asked: ArchiveRecords) -> ArchivedRecords:
    """Move the records asked for, all or none.

    Raises ``request.not_found`` for one that is not there or not for the actor to read, ``identity.forbidden`` for one
    of a scope that they do not supervise; a person's own scope has no archive.
    """
    there = store.Records(tx, asked.records)
    roles = writer.author(tx, actor).roles
    for key in asked.records:
        record = there.get(key)
        home = live_scope(record.scope) if record is not None else ""
        if home not in roles and not (record is not None and actor.admin):
            raise Refused("request.not_found")
        if home.startswith("person:") or not (actor.admin or SUPERVISOR in roles[home]):
            raise Refused("identity.forbidden")
    moved = 0
    for home in sorted({live_scope(record.scope) for record in there.values()}):
        ids = [record.id for record in there.values() if live_scope(record.scope) == home]
        moved += writer.move(tx, actor.person, ids, home if asked.back else archive_scope(home))
    return ArchivedRecords(moved=moved)
