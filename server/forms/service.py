"""Forms: a source compiled, kept as a draft, and published as a version that never changes."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import sqlalchemy as sa

from mobile_contract.forms import FormDefinition, FormDifference, FormList, FormState, PublishedForm
from mobile_contract.problems import Refused
from server.forms import store
from server.forms.difference import difference
from server.forms.events import FormDrafted, FormPublished, FormRetired
from server.forms.versions import changed_names
from server.forms.xlsform import Compiled, Defined, compile_form, define
from server.identity import Caller
from server.kernel.clock import Clock, rfc3339
from server.kernel.database import Database
from server.kernel.journal import SYSTEM, Journal

PAGE = 200
#: Who published a shipped form, as its versions name it: no person.
LIBRARY = "library"
_LIBRARY = Path(__file__).parent / "library"


def library() -> dict[str, bytes]:
    """Return the sources of the forms that are shipped, by form id: XLSForms in their text form."""
    return {file.stem: file.read_bytes() for file in sorted(_LIBRARY.glob("*.md"))}


class Forms:
    """The service; the dependency ``forms``. ``actor`` is a person's id."""

    def __init__(self, db: Database, journal: Journal, clock: Clock) -> None:
        self._db = db
        self._journal = journal
        self._clock = clock

    async def publish(self, actor: str, source: bytes) -> PublishedForm:
        """Publish an XLSForm (.xlsx, or the text form) as the next version of its form, counted from 1.

        A source of the newest version's content is that version, unless it was retired. Raises what ``compile_form``
        raises, or ``forms.name_changed`` with the names whose type, unit or place differs from any earlier version.
        """
        return await self._publish(actor, await _compiled(source), source, by=actor)

    async def keep_draft(self, actor: str, source: bytes) -> PublishedForm:
        """Compile and keep a draft in place of the form's earlier one. Raises as :meth:`publish` does."""
        compiled = await _compiled(source)
        now = rfc3339(self._clock.now())
        form = msgspec.structs.replace(compiled.form, sha256=compiled.content)

        def work(tx: sa.Connection) -> PublishedForm:
            _refuse_changed_names(tx, form)
            store.put_draft(tx, form, compiled, source, actor, now)
            self._journal.record(tx, SYSTEM, FormDrafted(actor=actor, subject=form.id, sha256=form.sha256), now)
            return _described(form, compiled, FormState.DRAFT, actor, now)

        return await self._db.write(work)

    async def publish_draft(self, actor: str, form: str) -> PublishedForm:
        """Publish the draft of a form. Raises ``forms.no_draft``, or as :meth:`publish` does."""
        source = await self._db.read(lambda tx: store.draft_source(tx, form))
        if source is None:
            raise Refused("forms.no_draft", form=form[:64])
        return await self.publish(actor, source)

    async def publish_library(self, actor: str) -> tuple[PublishedForm, ...]:
        """Publish the shipped forms that are new or were changed, and return those; the others are not even compiled.

        A form whose newest version a person published or retired is left as it is.
        """
        shipped = library()
        there = await self._db.read(partial(store.newest, forms=list(shipped)))
        done = []
        for form, source in shipped.items():
            kept = there.get(form)
            if kept is not None and (kept.by != LIBRARY or kept.retired_at or kept.source == source):
                continue
            done.append(await self._publish(actor, define(source), source, by=LIBRARY))
        return tuple(done)

    async def retire(self, actor: str, form: str, version: int) -> PublishedForm:
        """Retire a version and those before it: no new report is begun on them; what was begun is still taken.

        Return the newest version. Raises ``forms.unknown``.
        """
        now = rfc3339(self._clock.now())

        def work(tx: sa.Connection) -> PublishedForm:
            with self._journal.open(tx, [SYSTEM], now) as book:
                newest = store.latest(tx, form)
                if newest is None or not 0 < version <= newest.version:
                    raise Refused("forms.unknown", form=form[:64], version=version)
                for each in store.retire(tx, form, version, actor, now):
                    book.write(SYSTEM, FormRetired(actor=actor, subject=form, form=form, version=each))
            return store.latest(tx, form) or newest

        return await self._db.write(work)

    async def compare(self, caller: Caller, form: str, earlier: int | None, later: int) -> FormDifference:
        """Return what changed in a form from one version to another, if none is named the one before ``later``.

        Before the draft, which is version 0, comes the newest one. Raises ``forms.unknown``.
        """
        wanted = await self.shown(caller, form, later)
        if earlier is None:
            earlier = await self.newest(form) if later == 0 else later - 1
        return difference(await self.one(form, earlier), wanted)

    async def listed(self, caller: Caller, after: str = "") -> FormList:
        """List the newest version of each form, a page at a time; administrators see drafts on the first page."""

        def work(tx: sa.Connection) -> FormList:
            forms = store.all_latest(tx, after=after, limit=PAGE)
            sees_drafts = not after and caller.admin
            drafts = store.drafts(tx, limit=PAGE) if sees_drafts else []
            return FormList(forms=(*forms, *drafts), next=forms[-1].id if len(forms) == PAGE else "")

        return await self._db.read(work)

    async def newest(self, form: str) -> int:
        """Return the number of the newest published version. Raises ``forms.unknown``."""
        found = await self._db.read(lambda tx: store.latest(tx, form))
        if found is None:
            raise Refused("forms.unknown", form=form[:64], version="")
        return found.version

    async def one(self, form: str, version: int) -> FormDefinition:
        """Return one published version. Raises ``forms.unknown``."""
        return await self._read(store.definition, form, version)

    async def shown(self, caller: Caller, form: str, version: int) -> FormDefinition:
        """Return one published version; as version 0 administrators see the draft. Raises ``forms.unknown``."""
        if version == 0 and caller.admin:
            return await self._read(lambda tx, name, _: store.draft(tx, name), form, version)
        return await self.one(form, version)

    async def _read(
        self, read: Callable[[sa.Connection, str, int], FormDefinition | None], form: str, version: int
    ) -> FormDefinition:
        found = await self._db.read(lambda tx: read(tx, form, version))
        if found is None:
            raise Refused("forms.unknown", form=form[:64], version=version)
        return found

    async def _publish(self, actor: str, compiled: Defined, source: bytes, *, by: str) -> PublishedForm:
        sha256 = compiled.content
        now = rfc3339(self._clock.now())

        def work(tx: sa.Connection) -> PublishedForm:
            self._journal.lock(tx, [SYSTEM])  # this makes versions dense
            newest = store.latest(tx, compiled.form.id)
            store.drop_draft(tx, compiled.form.id, sha256)
            if newest is not None and newest.sha256 == sha256 and newest.state is not FormState.RETIRED:
                return newest
            _refuse_changed_names(tx, compiled.form)
            version = 1 + (newest.version if newest else 0)
            form = msgspec.structs.replace(compiled.form, version=version, sha256=sha256)
            store.add_version(tx, form, compiled, source, by, now)
            published = FormPublished(actor=actor, subject=form.id, form=form.id, version=version, sha256=sha256)
            self._journal.record(tx, SYSTEM, published, now)
            return _described(form, compiled, FormState.PUBLISHED, by, now)

        return await self._db.write(work)


async def _compiled(source: bytes) -> Compiled:
    return await asyncio.to_thread(compile_form, source)  # seconds for a large workbook


def _refuse_changed_names(tx: sa.Connection, form: FormDefinition) -> None:
    changed = changed_names(store.versions(tx, form.id), form)
    if changed:
        raise Refused("forms.name_changed", names="; ".join(changed))


def _described(form: FormDefinition, compiled: Defined, state: FormState, by: str, at: str) -> PublishedForm:
    return PublishedForm(
        id=form.id,
        version=form.version,
        title=form.title,
        state=state,
        sha256=form.sha256,
        by=by,
        at=at,
        phone_only=compiled.phone_only,
    )
