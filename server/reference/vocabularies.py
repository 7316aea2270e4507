"""The lists of a project (词表): what people there call its materials, machines and places.

A list is a synced record of the project's scope, so that phones have it offline like everything else; what reading
paper may snap to is this list together with what the server knows by itself – people, sections, who builds them – and
with the few lists that are the same everywhere.
"""

from collections.abc import Callable, Mapping
from typing import Final

import sqlalchemy as sa

from mobile_contract.ids import natural_id, project_scope
from mobile_contract.problems import Refused
from mobile_contract.projects import NewVocabulary, Vocabularies, Vocabulary
from mobile_contract.records import Kind
from mobile_contract.sync import AnyOp, Change, Create, Outcome, Patch
from mobile_contract.values import Values
from server import projects
from server.identity import DESK_ROLES, Caller
from server.kernel.clock import Clock, new_id, rfc3339
from server.kernel.database import Database
from server.replication import Replication, as_program, values_of

#: Who keeps a project's lists, beside administrators.
KEEPERS: Final = DESK_ROLES
MAX_LISTS: Final = 50

#: The same on every site.
_EVERYWHERE: Final[Mapping[str, tuple[str, ...]]] = {
    "units": (
        *("m", "m²", "m³", "mm", "cm", "km", "kg", "t", "%"),
        *("根", "个", "块", "套", "台", "台班", "工日", "组", "袋", "桶", "车", "卷", "片", "樘", "座", "处", "项"),
    ),
    "wind_directions": ("北风", "东北风", "东风", "东南风", "南风", "西南风", "西风", "西北风", "静风", "无持续风向"),
}

#: Returns the lists that the server derives for a scope, by name.
Known = Callable[[sa.Connection, str], Mapping[str, tuple[str, ...]]]


class VocabularyRegister:
    """The service; the dependency ``vocabularies``. ``known`` returns the lists that are not kept by hand."""

    def __init__(self, db: Database, replication: Replication, clock: Clock, known: Known) -> None:
        self._db = db
        self._replication = replication
        self._clock = clock
        self._known = known

    async def keep(self, caller: Caller, project: str, name: str, new: NewVocabulary) -> Vocabulary:
        """Store a list of a project in place of the one that was; return it. Clerks, supervisors, administrators.

        Raises ``request.not_found``, ``identity.forbidden`` or ``projects.too_many_vocabularies``.
        """
        scope = project_scope(project)
        kept = tuple(dict.fromkeys(entry for text in new.entries if (entry := " ".join(text.split()))))

        def work(tx: sa.Connection) -> Vocabulary:
            self._may_read(tx, caller, scope)
            if not KEEPERS & caller.role_in(scope):
                caller.require_admin()
            self._replication.hold(tx, scope)
            if name not in (lists := self._own(tx, project)) and len(lists) >= MAX_LISTS:
                raise Refused("projects.too_many_vocabularies", limit=MAX_LISTS)
            actor = as_program(scope, caller)
            (receipt,) = self._replication.apply_in(tx, actor, [self._op(tx, scope, project, name, kept)])
            if receipt.outcome is Outcome.PARKED:
                raise Refused("request.invalid", reason=receipt.code)
            return Vocabulary(name=name, entries=kept)

        return await self._db.write(work)

    async def listed(self, caller: Caller, project: str) -> Vocabularies:
        """Return the lists that are kept for a project. Raises ``request.not_found``."""

        def work(tx: sa.Connection) -> Vocabularies:
            self._may_read(tx, caller, project_scope(project))
            own = self._own(tx, project)
            return Vocabularies(
                vocabularies=tuple(Vocabulary(name=name, entries=own[name]) for name in sorted(own)),
            )

        return await self._db.read(work)

    def lists(self, tx: sa.Connection, scope: str) -> dict[str, tuple[str, ...]]:
        """Return every list of a scope's project by name, for reading paper: its own, and what the server knows."""
        project = projects.project_around(tx, scope)
        found = dict(_EVERYWHERE)
        for lists in (self._known(tx, scope), self._own(tx, project) if project else {}):
            for name, entries in lists.items():
                found[name] = tuple(dict.fromkeys((*found.get(name, ()), *entries)))
        return found

    def _own(self, tx: sa.Connection, project: str) -> dict[str, tuple[str, ...]]:
        records = self._replication.of_kind(tx, project_scope(project), Kind.VOCABULARY, MAX_LISTS)
        kept = [values_of(record, Vocabulary) for record in records]
        return {one.name: one.entries for one in kept}

    def _op(self, tx: sa.Connection, scope: str, project: str, name: str, entries: tuple[str, ...]) -> AnyOp:
        key, at = natural_id(Kind.VOCABULARY, project, name), rfc3339(self._clock.now())
        there = self._replication.record(tx, key)
        if there is None:
            values: Values = {"name": name, "entries": list(entries)}
            return Create(op_id=new_id(), n=0, scope=scope, kind=Kind.VOCABULARY, id=key, at=at, values=values)
        change = Change(value=list(entries), was=list(values_of(there, Vocabulary).entries))
        return Patch(op_id=new_id(), n=0, scope=scope, kind=Kind.VOCABULARY, id=key, at=at, set={"entries": change})

    @staticmethod
    def _may_read(tx: sa.Connection, caller: Caller, scope: str) -> None:
        there = projects.place_of(tx, scope) is not None
        if not there or not (caller.holds(scope) or caller.admin):
            raise Refused("request.not_found")
