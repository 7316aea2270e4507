"""The SQL of projects. The first functions are what higher floors call inside their own transactions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from mobile_contract.ids import natural_id, project_scope, section_scope
from mobile_contract.media import Fence, Ring
from server.kernel.clock import rfc3339
from server.kernel.database import insert_if_absent
from server.projects.model import Place, Site
from server.projects.tables import fences, projects, sections

Row = sa.Row[Any]


# For higher floors -----------------------------------------------------------------------------------------------


def all_projects(tx: sa.Connection) -> tuple[str, ...]:
    """Name every project, by id."""
    return tuple(tx.execute(sa.select(projects.c.id).order_by(projects.c.id)).scalars())


def project_of(tx: sa.Connection, section_id: str) -> str | None:
    """Return the id of a section's project."""
    return tx.execute(sa.select(sections.c.project).where(sections.c.id == section_id)).scalar_one_or_none()


def names_around(tx: sa.Connection, scope: str) -> dict[str, tuple[str, ...]]:
    """Return the project's name, its sections, and who builds them, as lists that reading paper may snap to."""
    project = project_around(tx, scope)
    names = tx.scalars(sa.select(projects.c.name).where(projects.c.id == project))
    parts = tx.execute(
        sa.select(sections.c.name, sections.c.contractor).where(sections.c.project == project).limit(500)
    ).all()
    builders = tuple(sorted({part.contractor for part in parts}))
    return {
        "projects": tuple(names),
        "sections": tuple(sorted({part.name for part in parts})),
        "organisations": builders,
        "contractors": builders,
    }


def known_as(tx: sa.Connection, scope: str) -> frozenset[str]:
    """Return the id and the code of a scope's project, as sheets printed for it may name it; none of a person's own."""
    project = _project_scope(tx, scope).partition(":")[2]
    codes = tx.scalars(sa.select(projects.c.code).where(projects.c.id == project))
    return frozenset((project, *codes)) - {""}


def project_around(tx: sa.Connection, scope: str) -> str:
    """Return the id of a scope's project; empty for a person's own scope, or an unknown one."""
    return _project_scope(tx, scope).partition(":")[2]


def places_of(tx: sa.Connection, scopes: Iterable[str]) -> dict[str, Place]:
    """Name the project and section of each scope, by scope; a person's own and unknown ones are left out."""
    named = list(scopes)
    keys = [scope.partition(":")[2] for scope in named]
    columns = (projects.c.id, projects.c.name)
    whole = tx.execute(sa.select(*columns).where(projects.c.id.in_(keys)))
    found = {project_scope(row.id): Place(project=row.name, key=row.id) for row in whole}
    parts = tx.execute(
        sa.select(*columns, sections.c.id.label("section"), sections.c.name.label("part"), sections.c.contractor)
        .join_from(sections, projects, sections.c.project == projects.c.id)
        .where(sections.c.id.in_(keys))
    )
    for row in parts:
        place = Place(project=row.name, section=row.part, contractor=row.contractor, key=row.id)
        found[section_scope(row.section)] = place
    return {scope: found[scope] for scope in named if scope in found}


def sections_of(tx: sa.Connection, project_id: str) -> tuple[str, ...]:
    """Name the scopes of a project's sections."""
    found = tx.scalars(sa.select(sections.c.id).where(sections.c.project == project_id).order_by(sections.c.id))
    return tuple(section_scope(key) for key in found)


def within(tx: sa.Connection, project_id: str | None, scope: str | None) -> frozenset[str] | None:
    """Return the scopes of a project, or the one scope, that a list is asked for; None where neither is named."""
    if project_id is None:
        return None if scope is None else frozenset({scope})
    found = frozenset({*sections_of(tx, project_id), project_scope(project_id)})
    return found if scope is None else found & {scope}


def begun_on(tx: sa.Connection, scopes: Iterable[str]) -> dict[str, tuple[Site, str]]:
    """Return of each section the site, and when the section was made (RFC 3339), by scope."""
    keys = [scope.partition(":")[2] for scope in scopes if scope.startswith("section:")]
    columns = (projects.c.time_zone, projects.c.night_shift_ends, projects.c.began)
    rows = tx.execute(
        sa.select(sections.c.id, sections.c.created_at, *columns)
        .join_from(sections, projects, sections.c.project == projects.c.id)
        .where(sections.c.id.in_(keys))
    )
    return {
        section_scope(row.id): (Site(row.time_zone, row.night_shift_ends, row.began), row.created_at) for row in rows
    }


def place_of(tx: sa.Connection, scope: str) -> Place | None:
    """Name the project and section of a scope; None for a person's own scope, or an unknown one."""
    kind, _, key = scope.partition(":")
    section = tx.execute(sa.select(sections).where(sections.c.id == key)).one_or_none() if kind == "section" else None
    named = project(tx, section.project if section is not None else key if kind == "project" else "")
    if named is None:
        return None
    return Place(
        project=named.name,
        section=section.name if section is not None else "",
        contractor=section.contractor if section is not None else "",
        key=named.id,
    )


def site_of(tx: sa.Connection, scope: str) -> Site | None:
    """Return what the days of a scope's site follow; None for a person's own scope, or an unknown one."""
    project = _project_scope(tx, scope).partition(":")[2]
    columns = (projects.c.time_zone, projects.c.night_shift_ends, projects.c.began)
    found = tx.execute(sa.select(*columns).where(projects.c.id == project)).one_or_none()
    return None if found is None else Site(*found)


def fences_of(tx: sa.Connection, scope: str, moment: datetime | None = None) -> tuple[Fence, ...]:
    """Return the fences that count in a scope at ``moment`` (now, if none): its own, else its project's; maybe none."""
    fence = fence_at(tx, scope, moment)
    return (fence,) if fence else ()


def fence_at(tx: sa.Connection, scope: str, moment: datetime | None = None) -> Fence | None:
    """Return the version of a section's or project's fence that was in force at ``moment`` (now, if none)."""
    parent = _project_scope(tx, scope)
    found = current_fences(tx, {scope, parent}, moment)
    return found.get(scope) or found.get(parent)


def _project_scope(tx: sa.Connection, scope: str) -> str:
    kind, _, id_ = scope.partition(":")
    if kind != "section":
        return scope if kind == "project" else ""
    project = project_of(tx, id_)
    return project_scope(project) if project else ""


# Fences ----------------------------------------------------------------------------------------------------------


def current_fences(tx: sa.Connection, scopes: Iterable[str], moment: datetime | None = None) -> dict[str, Fence]:
    """Return each scope's own fence at ``moment`` (now, if none), by scope."""
    query = sa.select(fences).where(fences.c.scope.in_(list(scopes))).order_by(fences.c.version)
    if moment is not None:
        query = query.where(fences.c.valid_from <= rfc3339(moment))
    return {row.scope: _fence(row) for row in tx.execute(query)}


def fence_version(tx: sa.Connection, scope: str, version: int | None) -> Fence | None:
    """Return a version of a scope's own fence; the one in force, if none is named."""
    query = sa.select(fences).where(fences.c.scope == scope).order_by(fences.c.version.desc()).limit(1)
    found = tx.execute(query if version is None else query.where(fences.c.version == version)).one_or_none()
    return None if found is None else _fence(found)


def add_fence(tx: sa.Connection, row: dict[str, Any], at: str) -> Fence:
    """Add the next version of a scope's fence. The caller holds the lock of the scope's stream."""
    newest = sa.select(sa.func.max(fences.c.version)).where(fences.c.scope == row["scope"])
    version = (tx.execute(newest).scalar_one() or 0) + 1
    tx.execute(sa.insert(fences).values(row | {"version": version, "valid_from": at if version > 1 else ""}))
    same = (fences.c.scope == row["scope"], fences.c.version == version)
    return _fence(tx.execute(sa.select(fences).where(*same)).one())


def _fence(row: Row) -> Fence:
    return Fence(
        id=natural_id("fence", row.scope),
        version=row.version,
        lat=row.lat,
        lon=row.lon,
        radius_cm=row.radius_cm,
        rings=() if row.rings is None else msgspec.json.decode(row.rings, type=tuple[Ring, ...]),
    )


# Projects, sections ----------------------------------------------------------------------------------------------


def add_project(tx: sa.Connection, row: dict[str, Any]) -> bool:
    """Add a project; False when its code is taken."""
    insert_if_absent(tx, projects, [row])
    holder = tx.execute(sa.select(projects.c.id).where(projects.c.code == row["code"])).scalar_one()
    return bool(holder == row["id"])


def add_section(tx: sa.Connection, row: dict[str, Any]) -> bool:
    """Add a section; False when its code is taken within the project."""
    insert_if_absent(tx, sections, [row])
    same = (sections.c.project == row["project"], sections.c.code == row["code"])
    return bool(tx.execute(sa.select(sections.c.id).where(*same)).scalar_one() == row["id"])


def section(tx: sa.Connection, section_id: str) -> Row | None:
    """Read a section."""
    return tx.execute(sa.select(sections).where(sections.c.id == section_id)).one_or_none()


def change_project(tx: sa.Connection, project_id: str, values: dict[str, Any]) -> bool:
    """Set columns of a project; False when its code is another's."""
    same = sa.select(projects.c.id).where(projects.c.code == values.get("code"), projects.c.id != project_id)
    if tx.execute(same).first() is not None:
        return False
    tx.execute(sa.update(projects).where(projects.c.id == project_id).values(**values))
    return True


def change_section(tx: sa.Connection, row: Row, values: dict[str, Any]) -> bool:
    """Set columns of a section; False when its code is another's of the project."""
    same = (sections.c.project == row.project, sections.c.code == values.get("code"), sections.c.id != row.id)
    if tx.execute(sa.select(sections.c.id).where(*same)).first() is not None:
        return False
    tx.execute(sa.update(sections).where(sections.c.id == row.id).values(**values))
    return True


def project(tx: sa.Connection, project_id: str) -> Row | None:
    """Read a project."""
    return tx.execute(sa.select(projects).where(projects.c.id == project_id)).one_or_none()


def scope_exists(tx: sa.Connection, scope: str) -> bool:
    """Return whether a scope is that of a project or section there is."""
    kind, _, id_ = scope.partition(":")
    table = {"project": projects, "section": sections}.get(kind)
    return table is not None and tx.execute(sa.select(table.c.id).where(table.c.id == id_)).first() is not None


def list_projects(tx: sa.Connection, *, only: Iterable[str] | None, after: str, limit: int) -> list[Row]:
    """List projects by id: all, or ``only`` some."""
    query = sa.select(projects).where(projects.c.id > after).order_by(projects.c.id).limit(limit)
    return list(tx.execute(query if only is None else query.where(projects.c.id.in_(list(only)))))


def list_sections(tx: sa.Connection, of: Iterable[str]) -> list[Row]:
    """List the sections of projects, by code."""
    query = sa.select(sections).where(sections.c.project.in_(list(of)))
    return list(tx.execute(query.order_by(sections.c.project, sections.c.code)))


def scopes_of(rows: Iterable[Row], kept: Iterable[Row]) -> list[str]:
    """Name the scopes of these projects and sections."""
    return [project_scope(row.id) for row in rows] + [section_scope(row.id) for row in kept]
