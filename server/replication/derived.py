"""What the registry says of a single op or record: its shape, its natural id, its computed fields."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from mobile_contract.ids import is_derived
from mobile_contract.sync import Create
from mobile_contract.values import Values
from server.replication.model import SyncedKind
from sync.retry import UNKNOWN_FORM
from sync.state import Author, Derivation, Derive, Sent


def checked(
    tx: sa.Connection, kinds: Mapping[str, SyncedKind], author: Author, item: Sent, *, ours: bool = False
) -> Sent:
    """Mark a new record whose values are not those of its kind, or whose id is not that of its natural key.

    An id that is derived (UUIDv5) and not that of its natural key is the place of another record, which may be yet to
    come: another section's log, a conflict. Only the program (``ours``) makes records under such ids. For a scope that
    the author does not hold the planner has another reason, and that one tells more.
    """
    op = item.op
    synced = kinds.get(op.kind) if isinstance(op, Create) and not item.problem else None
    if synced is None or not isinstance(op, Create) or op.scope not in author.roles:
        return item
    may = ours or synced.policy.writers & author.roles[op.scope]  # otherwise the planner says so, and that tells more
    if may and (reason := misfit(synced, op.values)):
        return replace(item, problem="op.bad_value", params={"path": reason})
    natural = synced.natural(tx, op.scope, op.values) if synced.natural is not None else None
    if natural is not None and natural != op.id:
        return replace(item, problem="op.bad_id", params={"id": op.id, "expected": natural})
    if natural is None and is_derived(op.id) and synced.derive is not None and synced.derive(tx, op.values) is None:
        return replace(item, problem=UNKNOWN_FORM, params=_form_of(op.values))
    if natural is None and is_derived(op.id) and may and not ours:
        return replace(item, problem="op.bad_id", params={"id": op.id})
    return item


class NamedForm(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The form that values name, as far as they do: a client may send anything there."""

    form: Any = None
    form_version: Any = None


def form_named_by(values: Values) -> tuple[str, int] | None:
    """Return the form that values name and its version; None where they name none."""
    named = msgspec.convert(values, NamedForm)
    return (named.form, named.form_version) if isinstance(named.form, str) and type(named.form_version) is int else None


def _form_of(values: Values) -> dict[str, str]:
    named = msgspec.convert(values, NamedForm)
    return {"form": str(named.form)[:64], "version": str(named.form_version)}


def rules(tx: sa.Connection, kinds: Mapping[str, SyncedKind]) -> Derive:
    """Return what finds the rules of a record: its kind's, and those of the form that its values name."""

    def derive(kind: str, values: Values) -> Derivation:
        synced = kinds.get(kind)
        if synced is None:
            return Derivation()
        found = synced.derive(tx, values) if synced.derive is not None else Derivation()
        return replace(found or Derivation(known=False), misfit=partial(misfit, synced))

    return derive


def misfit(synced: SyncedKind, values: Values) -> str:
    """Return why values are not of the shape of their kind; empty where they are."""
    if synced.values is None:
        return ""
    try:
        msgspec.convert(values, synced.values)
    except msgspec.ValidationError as error:
        return str(error)[:200]
    return ""
