"""Parked ops that are tried again by themselves: their person holds the scope again, or their form's version came."""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from mobile_contract.records import ParkedValues
from server.forms import FormPublished
from server.identity import Granted
from server.jobs import Handler, Job
from server.kernel.database import Database
from server.replication import store, waiting
from server.replication.service import Replication
from sync.parking import is_waiting
from sync.typed import values_of

#: So many parked ops are tried again at most when a scope is granted or a version published; the rest a person retries.
AT_ONCE = 1000


class Retrying:
    """Runs the jobs of the two events that parked ops wait for, beside the coming of a record."""

    def __init__(self, db: Database, replication: Replication) -> None:
        self._db = db
        self._replication = replication
        published = FormPublished
        self.handlers: tuple[Handler[Any], ...] = (
            Handler(kind="replication.granted", args=Granted, on=(Granted,), run=self.on_granted),
            Handler(kind="replication.form_published", args=published, on=(published,), run=self.on_form_published),
        )

    async def on_granted(self, job: Job[Granted]) -> None:
        """Try again what a person sent to a scope before they held it again."""
        person, scope = job.args.subject, job.args.scope

        def find(tx: sa.Connection) -> Sequence[str]:
            found = store.Records(tx, keys := waiting.sent_to(tx, person, scope, AT_ONCE))
            there = [(key, found[key]) for key in keys if is_waiting(found.get(key))]
            return [key for key, record in there if values_of(record, ParkedValues).code == "op.scope_not_held"]

        await self._retry(find)

    async def on_form_published(self, job: Job[FormPublished]) -> None:
        """Try again the reports that came before the version of their form did."""
        key = waiting.form_version(job.args.form, job.args.version)
        await self._retry(lambda tx: waiting.waiting_for(tx, key, AT_ONCE))

    async def _retry(self, find: Callable[[sa.Connection], Sequence[str]]) -> None:
        for key in await self._db.read(find):
            await self._replication.retry_waiting(key)
