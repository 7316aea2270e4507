"""Search: words, numbers, days and persons in what the caller may read, and in nothing else."""

from typing import Final

import msgspec
import sqlalchemy as sa

from mobile_contract.ids import project_scope, section_scope, with_archives
from mobile_contract.records import Kind
from mobile_contract.search import Found, SearchAnswer
from server import identity, projects
from server.identity import Caller
from server.insight import index
from server.insight.tables import entries
from server.insight.words import Term, excerpt, fts5, mark, terms, tsquery
from server.kernel.database import Database
from server.replication import standing

#: Characters shown before the word that was found; twice as many are shown from it on.
AROUND: Final = 40


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for: all of it. ``person`` is a name as reports have it, or the id of who captured a thing."""

    words: str = ""
    number: str | None = None
    person: str | None = None
    project: str | None = None
    section: str | None = None
    kind: Kind | None = None
    form: str | None = None
    since: str | None = None
    until: str | None = None
    after: int | None = None
    limit: int = 50


class Search:
    """The service; the dependency ``search``."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, caller: Caller, asked: Asked) -> SearchAnswer:
        """Return a page of what is found, the latest first.

        Where the caller may read nothing, the answer does not depend on what there is, nor does the work. The index
        follows a moment later: what has been deleted or moved meanwhile is left out, so that a page may be short.
        """

        def work(tx: sa.Connection) -> SearchAnswer:
            answer = _find(tx, caller, asked)
            there = standing(tx, [each.record for each in answer.found])
            kept = tuple(each for each in answer.found if there.get(each.record) == each.scope)
            return msgspec.structs.replace(answer, found=kept)

        return await self._db.read(work)


def _find(tx: sa.Connection, caller: Caller, asked: Asked) -> SearchAnswer:
    scopes = sorted(_scopes(tx, caller, asked))
    words = terms(asked.words)
    if not scopes or (asked.words and not words):
        return SearchAnswer(found=())
    rows = index.find(
        tx,
        _questions(scopes, words, asked) if words else {},
        [term.text for term in words if len(term.tokens) > 1],
        scopes,
        _wanted(asked),
        (asked.after, asked.limit + 1),
    )
    shown = rows[: asked.limit]
    return SearchAnswer(
        found=tuple(
            Found(
                record=row.record,
                kind=Kind(row.kind),
                scope=row.scope,
                at=row.at,
                excerpt=excerpt(row.text, words, AROUND),
                form=row.form,
                day=row.day,
                number=row.number,
                person=row.person,
                about=row.about,
            )
            for row in shown
        ),
        next=str(shown[-1].place) if len(rows) > asked.limit else "",
    )


def _scopes(tx: sa.Connection, caller: Caller, asked: Asked) -> frozenset[str]:
    """Return the scopes to look in: of those that the caller may read now, the ones asked for."""
    readable = identity.holdings(tx, caller.person).scopes()
    if asked.section is not None:
        readable &= {section_scope(asked.section)}
    if asked.project is not None:
        readable &= {project_scope(asked.project), *projects.sections_of(tx, asked.project)}
    return with_archives(readable)


def _questions(scopes: list[str], words: tuple[Term, ...], asked: Asked) -> dict[str, str]:
    marks = [[mark(scope) for scope in scopes]]
    marks += [[mark(asked.kind)]] if asked.kind is not None else []
    marks += [[mark("form", asked.form)]] if asked.form is not None else []
    return {"sqlite": fts5(marks, words), "postgresql": tsquery(marks, words)}


def _wanted(asked: Asked) -> list[sa.ColumnElement[bool]]:
    same = {name: getattr(asked, name) for name in ("number", "kind", "form")}
    found = [entries.c[name] == value for name, value in same.items() if value is not None]
    if asked.person is not None:
        found.append(sa.or_(entries.c.person == asked.person, entries.c.by == asked.person))
    if asked.since is not None:
        found.append(entries.c.day >= asked.since)
    if asked.until is not None:
        found.append(entries.c.day <= asked.until)
    return found
