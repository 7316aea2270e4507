"""Projects: creating them with what a site needs, and showing each reader their part."""

from collections.abc import Callable
from typing import Any

import msgspec
import sqlalchemy as sa

from media import geo
from mobile_contract.ids import project_scope, section_scope
from mobile_contract.media import Datum, Fence, Position
from mobile_contract.problems import Refused
from mobile_contract.projects import (
    ChangeProject,
    ChangeSection,
    NewFence,
    NewProject,
    NewSection,
    Project,
    Projects,
    Section,
)
from server import identity
from server.identity import Caller
from server.kernel.clock import Clock, new_id, rfc3339
from server.kernel.database import Database
from server.kernel.journal import Journal
from server.kernel.settings import Settings
from server.projects import model, store
from server.projects.events import FenceDrawn, ProjectChanged, ProjectCreated, SectionChanged, SectionCreated

PAGE = 100


class ProjectRegister:
    """The service; the dependency ``projects``. ``actor`` is a person's id."""

    def __init__(self, db: Database, journal: Journal, settings: Settings, clock: Clock) -> None:
        self._db = db
        self._journal = journal
        self._time_zone = settings.time_zone
        self._clock = clock

    async def create(self, actor: str, new: NewProject) -> Project:
        """Create a project. Raises ``projects.bad_code``, ``.code_taken`` or ``.unknown_time_zone``."""
        zone, now = new.time_zone or self._time_zone, rfc3339(self._clock.now())
        model.check_code(new.code)
        model.check_zone(zone)
        made = Project(
            id=new_id(),
            code=new.code,
            name=new.name,
            lat=new.lat,
            lon=new.lon,
            time_zone=zone,
            began=new.began,
            night_shift_ends=new.night_shift_ends,
        )
        scope = project_scope(made.id)
        row = _columns(made, "id", "code", "name", "lat", "lon", "time_zone", "began", "night_shift_ends")

        def work(tx: sa.Connection) -> Project:
            if not store.add_project(tx, row | {"created_at": now}):
                raise Refused("projects.code_taken", given=new.code)
            identity.register_scope(tx, scope)
            fence = None
            if new.fence_radius_cm is not None:
                circle = {"lat": new.lat, "lon": new.lon, "radius_cm": new.fence_radius_cm}
                fence = store.add_fence(tx, {"scope": scope, "drawn_by": actor, **circle}, now)
            self._journal.record(tx, scope, ProjectCreated(actor=actor, subject=made.id, code=new.code), now)
            return msgspec.structs.replace(made, fence=fence)

        return await self._db.write(work)

    async def create_section(self, actor: str, project: str, new: NewSection) -> Section:
        """Create a section (标段). Raises ``request.not_found`` or ``projects.code_taken``."""
        now = rfc3339(self._clock.now())
        made = Section(
            id=new_id(),
            project=project,
            code=new.code,
            name=new.name,
            contractor=new.contractor,
            contractor_code=new.contractor_code,
        )
        row = _columns(made, "id", "project", "code", "name", "contractor", "contractor_code")

        def work(tx: sa.Connection) -> Section:
            if store.project(tx, project) is None:
                raise Refused("request.not_found")
            if not store.add_section(tx, row | {"created_at": now}):
                raise Refused("projects.code_taken", given=new.code)
            identity.register_scope(tx, section_scope(made.id), project_scope(project))
            event = SectionCreated(actor=actor, subject=made.id, code=new.code)
            self._journal.record(tx, project_scope(project), event, now)
            return made

        return await self._db.write(work)

    async def change(self, actor: str, project: str, asked: ChangeProject) -> None:
        """Change a project; what is left out stays.

        Raises ``request.not_found``, ``projects.bad_code``, ``.code_taken`` or ``.unknown_time_zone``.
        """
        if asked.code is not None:
            model.check_code(asked.code)
        if asked.time_zone is not None:
            model.check_zone(asked.time_zone)
        values, now, scope = _given(asked), rfc3339(self._clock.now()), project_scope(project)

        def work(tx: sa.Connection) -> None:
            with self._journal.open(tx, [scope], now) as book:
                if store.project(tx, project) is None:
                    raise Refused("request.not_found")
                if not values:
                    return
                if not store.change_project(tx, project, values):
                    raise Refused("projects.code_taken", given=asked.code or "")
                book.write(scope, ProjectChanged(actor=actor, subject=project, changes=asked))

        await self._db.write(work)

    async def change_section(self, actor: str, section: str, asked: ChangeSection) -> None:
        """Change a section; what is left out stays. Raises ``request.not_found`` or ``projects.code_taken``."""
        values, now = _given(asked), rfc3339(self._clock.now())

        def work(tx: sa.Connection) -> None:
            row = store.section(tx, section)
            if row is None:
                raise Refused("request.not_found")
            scope = project_scope(row.project)
            with self._journal.open(tx, [scope], now) as book:
                if not values:
                    return
                if not store.change_section(tx, row, values):
                    raise Refused("projects.code_taken", given=asked.code or "")
                book.write(scope, SectionChanged(actor=actor, subject=section, changes=asked))

        await self._db.write(work)

    async def draw_fence(self, actor: str, scope: str, new: NewFence) -> Fence:
        """Draw the fence of a project or section anew: a version more, in force from now.

        Raises ``projects.bad_fence`` or ``request.not_found``.
        """
        now = rfc3339(self._clock.now())
        shape = _shape(new)

        def work(tx: sa.Connection) -> Fence:
            if not store.scope_exists(tx, scope):
                raise Refused("request.not_found")
            with self._journal.open(tx, [scope], now) as book:  # its lock makes versions dense
                fence = store.add_fence(tx, {"scope": scope, "drawn_by": actor, **shape}, now)
                book.write(scope, FenceDrawn(actor=actor, subject=fence.id, version=fence.version, drawn=new))
            return fence

        return await self._db.write(work)

    async def fence(self, caller: Caller, scope: str, version: int | None) -> Fence:
        """Return a version of the own fence of a scope that the caller reads: what a reading was judged by.

        Raises ``request.not_found``.
        """
        found = await self._db.read(lambda tx: store.fence_version(tx, scope, version))
        if found is None or not (caller.holds(scope) or caller.admin):
            raise Refused("request.not_found")
        return found

    async def visible_to(self, caller: Caller, after: str = "") -> Projects:
        """List the caller's projects, a page at a time, each with the sections the caller may know of.

        A contractor sees the sections held; who holds a role in the project itself sees all of its sections;
        administrators, who grant them, see everything.
        """
        admin = caller.admin
        readable = caller.scopes()
        own = {scope.partition(":")[2] for scope in readable if scope.startswith("project:")}

        def may_know(section: sa.Row[Any]) -> bool:
            held = section_scope(section.id) in readable
            return admin or held or bool(caller.role_in(project_scope(section.project)))

        def work(tx: sa.Connection) -> Projects:
            rows = store.list_projects(tx, only=None if admin else own, after=after, limit=PAGE)
            kept = [row for row in store.list_sections(tx, [row.id for row in rows]) if may_know(row)]
            drawn = store.current_fences(tx, store.scopes_of(rows, kept))
            shown = tuple(_project(row, kept, drawn.get) for row in rows)
            return Projects(projects=shown, next=shown[-1].id if len(shown) == PAGE else "")

        return await self._db.read(work)


def _given(asked: ChangeProject | ChangeSection) -> dict[str, Any]:
    values = msgspec.structs.asdict(asked)
    return {name: value for name, value in values.items() if value is not None}


def _columns(made: Project | Section, *names: str) -> dict[str, Any]:
    return {name: getattr(made, name) for name in names}


def _shape(new: NewFence) -> dict[str, Any]:
    """Bring what was drawn on a map to WGS-84, as columns."""
    if new.rings is not None:
        rings, lat, lon = geo.outline(new.rings, new.datum)
        return {"lat": lat, "lon": lon, "rings": msgspec.json.encode(rings).decode()}
    centre = geo.convert(Position(lat=new.lat or 0, lon=new.lon or 0, datum=new.datum), Datum.WGS84)
    return {"lat": centre.lat, "lon": centre.lon, "radius_cm": new.radius_cm}


def _project(row: sa.Row[Any], kept: list[sa.Row[Any]], fence: Callable[[str], Fence | None]) -> Project:
    return Project(
        id=row.id,
        code=row.code,
        name=row.name,
        lat=row.lat,
        lon=row.lon,
        time_zone=row.time_zone,
        began=row.began,
        night_shift_ends=row.night_shift_ends,
        fence=fence(project_scope(row.id)),
        sections=tuple(
            Section(
                id=section.id,
                project=section.project,
                code=section.code,
                name=section.name,
                contractor=section.contractor,
                contractor_code=section.contractor_code,
                fence=fence(section_scope(section.id)),
            )
            for section in kept
            if section.project == row.id
        ),
    )
