"""Reports: finding them, and what follows from a file's arrival or a form's publication."""

from collections.abc import Sequence
from typing import Any

import msgspec

from mobile_contract.ids import natural_id, project_scope
from mobile_contract.records import Kind
from mobile_contract.sync import Create
from server import forms, projects, uploads
from server.identity import WORKER, Caller
from server.jobs import Job
from server.kernel.clock import Clock, rfc3339
from server.kernel.database import Database
from server.replication import Actor, Replication
from server.reports import store


class Reports:
    """The service; its methods named ``on_…`` are job handlers of events."""

    def __init__(
        self,
        db: Database,
        replication: Replication,
        uploaded: uploads.Uploads,
        clock: Clock,
    ) -> None:
        self._db = db
        self._replication = replication
        self._uploads = uploaded
        self._clock = clock

    async def find(self, caller: Caller, wanted: dict[str, str], limit: int) -> bytes:
        """Return the reports that match, as a JSON array of feed entries, latest first."""

        def work(tx: Any) -> bytes:
            ids = store.find(tx, caller.scopes(), wanted, limit)
            return self._replication.entries(tx, ids)

        return await self._db.read(work)

    async def on_blob_arrived(self, job: Job) -> None:
        """Put a file's arrival, or its loss, on the records of one scope that cite it: they move up the feed."""
        sha256, scope = str(job.args["subject"]), str(job.args["payload"]["scope"])

        def work(tx: Any) -> None:
            self._replication.hold(tx, scope)  # what a push changes meanwhile, its own projection says
            changes = {
                record: {"files": msgspec.to_builtins(self._uploads.receipts(tx, scope, record))}
                for _, record in self._uploads.citing(tx, sha256, scope)
            }
            self._replication.annotate(tx, WORKER.person, changes)

        await self._db.write(work)

    async def on_form_published(self, job: Job) -> None:
        """Put a published form, or its retirement, on the feed of every project."""
        form, version = str(job.args["payload"]["form"]), int(job.args["payload"]["version"])

        def work(tx: Any) -> None:
            definition = forms.definition(tx, form, version)
            for project in projects.all_projects(tx):
                self._publish(tx, project, [definition])

        await self._db.write(work)

    async def on_project_created(self, job: Job) -> None:
        """Put every published form on the feed of a new project."""
        project = str(job.args["subject"])

        def work(tx: Any) -> None:
            self._publish(tx, project, forms.published(tx))

        await self._db.write(work)

    def _publish(self, tx: Any, project: str, definitions: Sequence[Any]) -> None:
        scope = project_scope(project)
        self._replication.hold(tx, scope)  # a version that is retired meanwhile is annotated by whoever comes second
        roles = {scope: frozenset({"system"})}
        worker = Actor(person=WORKER.person, replica=WORKER.replica, roles=roles)
        retired, changes = forms.retired(tx), {}
        for definition in definitions:
            key = natural_id(Kind.FORM, project, definition.id, str(definition.version))
            op = Create(
                op_id=natural_id("op", key),
                n=0,
                scope=scope,
                kind=Kind.FORM,
                id=key,
                at=rfc3339(self._clock.now()),
                values=msgspec.to_builtins(definition),
            )
            self._replication.apply_in(tx, worker, [op])
            if since := retired.get((definition.id, definition.version)):
                changes[key] = {"retiredAt": since}
        self._replication.annotate(tx, WORKER.person, changes)
