"""The SQL of forms, and the definitions a connection has already decoded."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from mobile_contract.forms import FormDefinition, PhoneOnly, PublishedForm
from mobile_contract.problems import Refused
from server.forms.model import form_state
from server.forms.tables import form_drafts, form_versions
from server.forms.xlsform import Defined
from server.kernel.database import upsert

_DECODED = "plumbline.forms"
MAX_DECODED = 256

_DEFINITION = msgspec.json.Decoder(FormDefinition)
_PHONE_ONLY = msgspec.json.Decoder(tuple[PhoneOnly, ...])


def definition(tx: sa.Connection, form: str, version: int) -> FormDefinition | None:
    """Return one published version; None when there is none.

    Published versions never change, so each connection keeps those it has decoded: inside a push this costs a
    dictionary look-up.
    """
    decoded: dict[tuple[str, int], FormDefinition] = tx.info.setdefault(_DECODED, {})
    found = decoded.get((form, version))
    if found is None:
        query = sa.select(form_versions.c.definition).where(
            form_versions.c.form == form, form_versions.c.version == version
        )
        text = tx.scalar(query) if 0 < version < 2**31 else None
        if text is None:
            return None
        found = _DEFINITION.decode(text)
        if len(decoded) >= MAX_DECODED:
            decoded.clear()
        decoded[form, version] = found
    return found


def versions(tx: sa.Connection, form: str) -> list[FormDefinition]:
    """Return all published versions of a form, oldest first."""
    query = sa.select(form_versions.c.definition).where(form_versions.c.form == form).order_by(form_versions.c.version)
    return [_DEFINITION.decode(text) for text in tx.scalars(query)]


def published(tx: sa.Connection) -> list[FormDefinition]:
    """Return every published version of every form."""
    query = sa.select(form_versions.c.definition).order_by(form_versions.c.form, form_versions.c.version)
    return [_DEFINITION.decode(text) for text in tx.scalars(query)]


def latest(tx: sa.Connection, form: str) -> PublishedForm | None:
    """Return the newest published version of a form; None when there is none."""
    query = sa.select(form_versions).where(form_versions.c.form == form).order_by(form_versions.c.version.desc())
    row = tx.execute(query.limit(1)).first()
    return None if row is None else _described(row, row.version)


def newest(tx: sa.Connection, forms: Sequence[str]) -> dict[str, sa.Row[Any]]:
    """Return the row of the newest published version of each of some forms, by form id."""
    last = (
        sa.select(form_versions.c.form, sa.func.max(form_versions.c.version).label("version"))
        .where(form_versions.c.form.in_(forms))
        .group_by(form_versions.c.form)
        .subquery()
    )
    same = sa.and_(form_versions.c.form == last.c.form, form_versions.c.version == last.c.version)
    return {row.form: row for row in tx.execute(sa.select(form_versions).join(last, same))}


def all_latest(tx: sa.Connection, *, after: str, limit: int) -> list[PublishedForm]:
    """Return the newest published version of each form, by form id."""
    newest = (
        sa.select(form_versions.c.form, sa.func.max(form_versions.c.version).label("version"))
        .where(form_versions.c.form > after)
        .group_by(form_versions.c.form)
        .order_by(form_versions.c.form)
        .limit(limit)
        .subquery()
    )
    query = sa.select(form_versions).join(
        newest, sa.and_(form_versions.c.form == newest.c.form, form_versions.c.version == newest.c.version)
    )
    return [_described(row, row.version) for row in tx.execute(query.order_by(form_versions.c.form))]


def current(tx: sa.Connection) -> list[FormDefinition]:
    """Return the newest version of each form, by form id, without those that are retired."""
    last = sa.select(form_versions.c.form, sa.func.max(form_versions.c.version).label("version"))
    newest = last.group_by(form_versions.c.form).subquery()
    same = sa.and_(form_versions.c.form == newest.c.form, form_versions.c.version == newest.c.version)
    query = sa.select(newest).join(form_versions, same).where(form_versions.c.retired_at.is_(None))
    found = [definition(tx, row.form, row.version) for row in tx.execute(query.order_by(newest.c.form)).all()]
    return [each for each in found if each is not None]


def offered(tx: sa.Connection, form: str) -> FormDefinition:
    """Return the version on which new reports are begun. Raises ``forms.unknown`` or ``forms.retired``."""
    last = latest(tx, form)
    found = None if last is None else definition(tx, form, last.version)
    if last is None or found is None:
        raise Refused("forms.unknown", form=form[:64], version="")
    if last.state == "retired":
        raise Refused("forms.retired", form=form, version=last.version)
    return found


def retired(tx: sa.Connection) -> dict[tuple[str, int], str]:
    """Return, by (form, version), since when a retired version is retired (RFC 3339)."""
    query = sa.select(form_versions.c.form, form_versions.c.version, form_versions.c.retired_at)
    rows = tx.execute(query.where(form_versions.c.retired_at.is_not(None)))
    return {(row.form, row.version): row.retired_at for row in rows}


def retire(tx: sa.Connection, form: str, version: int, by: str, at: str) -> list[int]:
    """Retire a version and all before it; return those that were not retired yet."""
    still = sa.and_(
        form_versions.c.form == form, form_versions.c.version <= version, form_versions.c.retired_at.is_(None)
    )
    found = list(tx.scalars(sa.select(form_versions.c.version).where(still).order_by(form_versions.c.version)))
    tx.execute(sa.update(form_versions).where(still).values(retired_by=by, retired_at=at))
    return found


def drafts(tx: sa.Connection, *, limit: int) -> list[PublishedForm]:
    """Return the drafts, by form id."""
    return [_described(row, 0) for row in tx.execute(sa.select(form_drafts).order_by(form_drafts.c.form).limit(limit))]


def add_version(tx: sa.Connection, form: FormDefinition, defined: Defined, source: bytes, by: str, at: str) -> None:
    """Insert a version."""
    tx.execute(sa.insert(form_versions).values(version=form.version, **_row(form, defined, source, by, at)))


def put_draft(tx: sa.Connection, form: FormDefinition, defined: Defined, source: bytes, by: str, at: str) -> None:
    """Store a draft in place of the form's earlier one."""
    upsert(tx, form_drafts, [_row(form, defined, source, by, at)], key=("form",))


def draft(tx: sa.Connection, form: str) -> FormDefinition | None:
    """Return the draft of a form; None when there is none."""
    found = tx.scalar(sa.select(form_drafts.c.definition).where(form_drafts.c.form == form))
    return None if found is None else _DEFINITION.decode(found)


def draft_source(tx: sa.Connection, form: str) -> bytes | None:
    """Return the source of a draft as its author sent it; None when there is no draft."""
    source: bytes | None = tx.scalar(sa.select(form_drafts.c.source).where(form_drafts.c.form == form))
    return source


def drop_draft(tx: sa.Connection, form: str, sha256: str) -> None:
    """Delete a draft once it is published; one with another digest stays."""
    tx.execute(sa.delete(form_drafts).where(form_drafts.c.form == form, form_drafts.c.sha256 == sha256))


def _row(form: FormDefinition, defined: Defined, source: bytes, by: str, at: str) -> dict[str, Any]:
    return {
        "form": form.id,
        "sha256": form.sha256,
        "definition": msgspec.json.encode(form).decode(),
        "phone_only": msgspec.json.encode(defined.phone_only).decode(),
        "source": source,
        "by": by,
        "at": at,
    }


def _described(row: Any, version: int) -> PublishedForm:
    form = _DEFINITION.decode(row.definition)
    return PublishedForm(
        id=row.form,
        version=version,
        title=form.title,
        state=form_state(version, row.retired_at if version else None),
        sha256=row.sha256,
        by=row.by,
        at=row.at,
        phone_only=_PHONE_ONLY.decode(row.phone_only),
    )
