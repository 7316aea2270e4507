"""What happens to projects and sections."""

from typing import ClassVar

import msgspec

from mobile_contract.projects import ChangeProject, ChangeSection, NewFence
from server.kernel.events import Event


class ProjectCreated(Event, frozen=True, kw_only=True):
    """There is a new project."""

    name: ClassVar[str] = "project.created"

    code: str


class ProjectChanged(Event, frozen=True, kw_only=True):
    """Members of a project were changed: as they are now."""

    name: ClassVar[str] = "project.changed"

    changes: ChangeProject = msgspec.field(name="set")


class SectionChanged(Event, frozen=True, kw_only=True):
    """Members of a section were changed: as they are now."""

    name: ClassVar[str] = "section.changed"

    changes: ChangeSection = msgspec.field(name="set")


class SectionCreated(Event, frozen=True, kw_only=True):
    """A project has a new section (标段)."""

    name: ClassVar[str] = "section.created"

    code: str


class FenceDrawn(Event, frozen=True, kw_only=True):
    """A scope has a new version of its fence; ``drawn`` is what was sent."""

    name: ClassVar[str] = "fence.drawn"

    version: int
    drawn: NewFence
