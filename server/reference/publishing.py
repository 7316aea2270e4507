"""Published forms travel to the phone like everything else: as records of every project's common part."""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from mobile_contract.forms import FormDefinition
from mobile_contract.ids import natural_id, project_scope
from mobile_contract.records import Kind
from mobile_contract.sync import Create
from server import forms, projects
from server.identity import WORKER
from server.jobs import Job
from server.kernel.clock import Clock, rfc3339
from server.kernel.database import Database
from server.reference.kinds import FormAnnotation
from server.replication import Replication, as_program


class FormsOnTheFeed:
    """The service; its methods named ``on_…`` are job handlers of events."""

    def __init__(self, db: Database, replication: Replication, clock: Clock) -> None:
        self._db = db
        self._replication = replication
        self._clock = clock

    async def on_form_published(self, job: Job[forms.FormVersion]) -> None:
        """Write a published form, or its retirement, to the feed of every project. A job handler."""
        form, version = job.args.form, job.args.version

        def work(tx: sa.Connection) -> None:
            definition = forms.definition(tx, form, version)
            for project in projects.all_projects(tx):
                self._publish(tx, project, [definition] if definition is not None else [])

        await self._db.write(work)

    async def on_project_created(self, job: Job[projects.ProjectCreated]) -> None:
        """Write every published form to the feed of a new project. A job handler."""
        project = job.args.subject

        def work(tx: sa.Connection) -> None:
            self._publish(tx, project, forms.published(tx))

        await self._db.write(work)

    def _publish(self, tx: sa.Connection, project: str, definitions: Sequence[FormDefinition]) -> None:
        scope = project_scope(project)
        self._replication.hold(tx, scope)  # a version that is retired meanwhile is annotated by the later transaction
        worker = as_program(scope)
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
                changes[key] = FormAnnotation(retired_at=since)
        self._replication.annotate(tx, WORKER.person, changes)
